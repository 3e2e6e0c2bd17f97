/** One line of a plot. `axis`: whose scale it is drawn on. Points without a value leave a gap. */
export interface Series {
  name: string
  axis: 'left' | 'right'
  colour: string
  points: readonly { x: number; y: number | null }[]
}

export interface Plot {
  title: string
  xLabel: string
  leftLabel: string
  rightLabel: string
  series: readonly Series[]
}

const WIDTH = 720
const HEIGHT = 360
const FRAME = { left: 64, right: WIDTH - 64, top: 48, bottom: HEIGHT - 72 }
const TICKS = 5

/** Draws lines over one x axis, with a y axis on either side that begins at 0, as an SVG document. */
export function drawPlot({ title, xLabel, leftLabel, rightLabel, series }: Plot): string {
  const xs = scale(series.flatMap(({ points }) => points.map(({ x }) => x)))
  const x = (value: number) => FRAME.left + (value / xs.max) * (FRAME.right - FRAME.left)
  const axes = { left: scale(valuesOf(series, 'left')), right: scale(valuesOf(series, 'right')) }
  const y = (value: number, axis: Series['axis']) => FRAME.bottom - (value / axes[axis].max) * (FRAME.bottom - FRAME.top)
  const { left, right, top, bottom } = FRAME
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#333">`,
    `<title>${escapeText(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(WIDTH / 2, 24, title, 'middle', ' font-size="15"'),
    ...axes.left.ticks.map((value) => line(left, y(value, 'left'), right, y(value, 'left'))),
    ...axes.left.ticks.map((value) => text(left - 8, y(value, 'left') + 4, String(value), 'end')),
    ...axes.right.ticks.map((value) => text(right + 8, y(value, 'right') + 4, String(value), 'start')),
    ...xs.ticks.map((value) => text(x(value), bottom + 18, String(value), 'middle')),
    text((left + right) / 2, bottom + 36, xLabel, 'middle'),
    text(left, top - 10, leftLabel, 'middle'),
    text(right, top - 10, rightLabel, 'middle'),
    ...series.flatMap((one) => drawSeries(one, x, y)),
    ...series.map(({ name, colour }, index) => text(left + index * 190, HEIGHT - 12, `— ${name}`, 'start', ` style="fill:${colour}"`)),
    '</svg>',
  ]
  return `${parts.join('\n')}\n`
}

function drawSeries(
  { axis, colour, points }: Series,
  x: (value: number) => number,
  y: (value: number, axis: Series['axis']) => number,
): string[] {
  const drawn = points.flatMap((point) => (point.y === null ? [] : [{ x: round(x(point.x)), y: round(y(point.y, axis)) }]))
  const path = drawn.map((point) => `${point.x},${point.y}`).join(' ')
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...drawn.map((point) => `<circle cx="${point.x}" cy="${point.y}" r="2.5" fill="${colour}"/>`),
  ]
}

function valuesOf(series: readonly Series[], axis: Series['axis']): number[] {
  return series.filter((one) => one.axis === axis).flatMap(({ points }) => points.flatMap(({ y }) => y ?? []))
}

/** An axis from 0 to a round number that is not below any value, with about five ticks. */
function scale(values: readonly number[]): { max: number; ticks: number[] } {
  const most = Math.max(...values, 1)
  const power = 10 ** Math.floor(Math.log10(most / TICKS))
  const step = Math.max(1, ([1, 2, 5, 10].find((factor) => factor * power * TICKS >= most) ?? 10) * power)
  const count = Math.ceil(most / step)
  return { max: count * step, ticks: Array.from({ length: count + 1 }, (_tick, index) => index * step) }
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="#ddd"/>`
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end', attributes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${attributes}>${escapeText(content)}</text>`
}

function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
