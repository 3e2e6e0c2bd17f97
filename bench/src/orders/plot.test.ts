import { expect, test } from 'vitest'
import { drawPlot } from './plot.ts'

const PLOT = {
  title: 'a < b',
  xLabel: 'orders/s offered',
  leftLabel: 'orders/s',
  rightLabel: 'ms',
  series: [
    {
      name: 'completed',
      axis: 'left',
      colour: '#00f',
      points: [
        { x: 0, y: 0 },
        { x: 500, y: 500 },
        { x: 1000, y: 800 },
      ],
    },
    {
      name: 'p99',
      axis: 'right',
      colour: '#f00',
      points: [
        { x: 500, y: 40 },
        { x: 750, y: null },
        { x: 1000, y: 90 },
      ],
    },
  ],
} as const

test('each series is a line with a point for every value, on its own scale', () => {
  const svg = drawPlot(PLOT)
  const lines = Array.from(svg.matchAll(/<polyline points="([^"]*)"/g), ([, points = '']) =>
    points.split(' ').map((point) => point.split(',').map(Number)),
  )
  expect(lines.map((line) => line.length)).toEqual([3, 2])
  // Both axes begin at 0 at the bottom: 500 of 1000 is half as high as 800 of 1000 is four fifths.
  const [zero = [], half = [], top = []] = lines[0] ?? []
  expect(((zero[1] ?? 0) - (half[1] ?? 0)) / ((zero[1] ?? 0) - (top[1] ?? 0))).toBeCloseTo(500 / 800, 2)
  expect(((half[0] ?? 0) - (zero[0] ?? 0)) / ((top[0] ?? 0) - (zero[0] ?? 0))).toBeCloseTo(0.5, 2)
  expect(svg.match(/<circle/g)).toHaveLength(5)
})

test('titles and names are shown as text, whatever they hold', () => {
  const svg = drawPlot(PLOT)
  expect(svg).toContain('a &lt; b')
  for (const label of ['orders/s offered', 'completed', 'p99', '>1000<', '>100<']) expect(svg).toContain(label)
})

test('a plot of nothing is still a plot', () => {
  expect(drawPlot({ ...PLOT, series: [] })).toMatch(/^<svg[\s\S]*<\/svg>\n$/)
})
