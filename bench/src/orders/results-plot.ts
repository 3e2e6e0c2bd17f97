import { drawPlot, type Series } from './plot.ts'
import type { BenchResults, ScenarioResults } from './results.ts'

const COLOURS = { first: '#1f5fa8', second: '#c0392b', guide: '#999' }

/**
 * One scenario as a plot. After a search: what was completed and how long the slowest hundredth took, by the rate that was
 * offered. At a fixed rate: the same by the second.
 */
export function plotScenario(name: string, scenario: ScenarioResults, { system, machine, load }: BenchResults): string {
  const title = `${name}, ${system.mode}, ${machine.cores} cores, commit ${machine.commit ?? 'unknown'}`
  const labels = { title, leftLabel: 'orders/s', rightLabel: 'ms' }
  return load.mode === 'search'
    ? drawPlot({ ...labels, xLabel: 'orders/s offered', series: byRate(scenario) })
    : drawPlot({ ...labels, xLabel: 'second', series: bySecond(scenario) })
}

function byRate({ tried }: ScenarioResults): Series[] {
  const sorted = tried.toSorted((a, b) => a.ordersPerSecond - b.ordersPerSecond)
  const most = sorted.at(-1)?.ordersPerSecond ?? 0
  const at = (value: (one: ScenarioResults['tried'][number]) => number | null) =>
    sorted.map((one) => ({ x: one.ordersPerSecond, y: value(one) }))
  return [
    {
      name: 'offered',
      axis: 'left',
      colour: COLOURS.guide,
      points: [
        { x: 0, y: 0 },
        { x: most, y: most },
      ],
    },
    { name: 'completed', axis: 'left', colour: COLOURS.first, points: at(({ completedPerSecond }) => completedPerSecond) },
    { name: 'order to notification, p99', axis: 'right', colour: COLOURS.second, points: at(({ p99 }) => p99) },
  ]
}

function bySecond({ measured: { timeline } }: ScenarioResults): Series[] {
  const at = (value: (one: (typeof timeline)[number]) => number | null) => timeline.map((one) => ({ x: one.second, y: value(one) }))
  return [
    { name: 'completed', axis: 'left', colour: COLOURS.first, points: at(({ completed }) => completed) },
    { name: 'order to notification, p99', axis: 'right', colour: COLOURS.second, points: at(({ p99 }) => p99) },
  ]
}
