import type { BenchResults } from './bench.ts'
import type { LoadResult } from './load.ts'
import type { MemoryUse } from './process-usage.ts'

/** The results as a table for a terminal, one column per scenario. */
export function formatResults({ scenarios, hotToSpread, memory, cores, node, customers, sockets, mode }: BenchResults): string {
  const row = (name: string, value: (result: LoadResult) => string) => [name, value(scenarios.spread), value(scenarios.hot)]
  const rows = [
    ['', 'spread', 'hot'],
    row(mode === 'search' ? 'highest sustained rate, orders/s' : 'rate, orders/s', ({ ordersPerSecond }) => String(ordersPerSecond)),
    row('accepted/s', ({ acceptedPerSecond }) => acceptedPerSecond.toFixed(0)),
    row('completed/s (told by a socket)', ({ completedPerSecond }) => completedPerSecond.toFixed(0)),
    ...percentileRows(row, 'answer, ms', ({ httpMs }) => httpMs),
    ...percentileRows(row, 'order to notification, ms', ({ orderToNotificationMs }) => orderToNotificationMs),
    row('errors', ({ errors }) => errorText(errors)),
    row('orders rejected / unfinished', ({ rejected, unfinished }) => `${rejected} / ${unfinished}`),
    row('CPU of server / generator, cores', ({ serverCpu, generatorCpu }) => `${serverCpu ?? '?'} / ${generatorCpu}`),
    row('sent late p99 / max, ms', ({ sentLateMs }) => `${ms(sentLateMs.p99)} / ${ms(sentLateMs.max)}`),
    ['server memory after it, MiB', memoryText(memory.spread), memoryText(memory.hot)],
  ]
  const width = Math.max(...rows.map(([name = '']) => name.length)) + 2
  const table = rows.map(([name = '', spread = '', hot = '']) => `${name.padEnd(width)}${spread.padEnd(28)}${hot}\n`).join('')
  const setting = `${cores} cores, Node ${node}, ${customers} customers, ${sockets} sockets; memory when ready ${memoryText(memory.ready)} MiB\n`
  return `${table}hot / spread: ${hotToSpread} of the completed orders/s\n${setting}`
}

type Row = (name: string, value: (result: LoadResult) => string) => string[]

function percentileRows(row: Row, title: string, of: (result: LoadResult) => LoadResult['httpMs']): string[][] {
  return [
    row(`${title}: p50 / p90`, (result) => `${ms(of(result).p50)} / ${ms(of(result).p90)}`),
    row('  p99 / p99.9 / max', (result) => `${ms(of(result).p99)} / ${ms(of(result).p999)} / ${ms(of(result).max)}`),
  ]
}

function errorText(errors: Record<string, number>): string {
  const entries = Object.entries(errors)
  return entries.length === 0 ? 'none' : entries.map(([cause, count]) => `${cause}: ${count}`).join(', ')
}

function memoryText({ rssMiB, peakRssMiB }: MemoryUse): string {
  return rssMiB === null ? 'unknown' : `${rssMiB} (most ${peakRssMiB ?? '?'})`
}

function ms(value: number | null): string {
  return value === null ? '-' : value.toFixed(1)
}
