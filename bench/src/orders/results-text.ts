import { profileTexts } from '../profile-text.ts'
import { errorText, ms, pair, table, tail } from '../table.ts'
import type { LoadResult } from './load.ts'
import type { BenchResults, ScenarioResults } from './results.ts'
import { STAGES } from './stages.ts'

/** The results as tables for a terminal, one column per scenario. */
export function formatResults(results: BenchResults): string {
  const { scenarios, hotToSpread, invariants } = results
  const found = Object.entries(scenarios)
  const sections = [
    table([
      ['', ...found.map(([name]) => name)],
      ...loadRows(
        found.map(([, { measured }]) => measured),
        results,
      ),
    ]),
    ...found.map(([name, scenario]) => `${name}: where the time goes, ms\n${stageTable(scenario)}`),
    ...found.map(([name, scenario]) => `${name}: what an order costs\n${costTable(scenario)}`),
    ...found.flatMap(([name, { overload }]) => (overload ? [`${name}: overload\n${table(overloadRows(overload))}`] : [])),
    ...found.flatMap(([name, { profile }]) => profileTexts(profile).map((text) => `${name}: ${text}`)),
  ]
  const ratio = hotToSpread === null ? '' : `hot / spread: ${hotToSpread} of the completed orders/s\n`
  return `${sections.join('\n')}\n${ratio}${invariantText(invariants)}${settingText(results)}`
}

function loadRows(loads: readonly LoadResult[], { load: { mode } }: BenchResults): string[][] {
  const row = (name: string, value: (load: LoadResult) => string) => [name, ...loads.map(value)]
  return [
    row(mode === 'search' ? 'highest sustained rate, orders/s' : 'rate, orders/s', ({ ordersPerSecond }) => String(ordersPerSecond)),
    row('accepted/s', ({ acceptedPerSecond }) => acceptedPerSecond.toFixed(0)),
    row('completed/s (told by a socket)', ({ completedPerSecond }) => completedPerSecond.toFixed(0)),
    row('answer, ms: p50 / p90', ({ httpMs }) => pair(httpMs.p50, httpMs.p90)),
    row('  p99 / p99.9 / max', ({ httpMs }) => tail(httpMs)),
    row('order to notification, ms: p50 / p90', ({ orderToNotificationMs: { p50, p90 } }) => pair(p50, p90)),
    row('  p99 / p99.9 / max', ({ orderToNotificationMs }) => tail(orderToNotificationMs)),
    row('refused (503, 429) / other errors', ({ refused, errors }) => `${refused} / ${errorText(errors)}`),
    row('orders rejected / unfinished', ({ rejected, unfinished }) => `${rejected} / ${unfinished}`),
    row('sent late p99 / max, ms', ({ sentLateMs }) => pair(sentLateMs.p99, sentLateMs.max)),
    row('connections', ({ connections }) => String(connections)),
  ]
}

function stageTable({ stages }: ScenarioResults): string {
  if (!stages) return 'unknown: the data cannot be read from here\n'
  const rows = (['accept', ...STAGES, 'total'] as const).map((name) => [
    name === 'accept' ? '(accept: to the answer)' : name,
    ms(stages[name].p50),
    ms(stages[name].p99),
  ])
  return `${table([[`of ${stages.total.count} orders`, 'p50', 'p99'], ...rows])}`
}

function costTable({ measured: { usage }, costMicros }: ScenarioResults): string {
  if (usage.length === 0) return 'unknown: this system does not tell\n'
  const rows = usage.map(({ name, processes, cores, memoryMiB }) => [
    processes > 1 ? `${name} (${processes})` : name,
    String(costMicros.processes[name] ?? ''),
    cores.toFixed(2),
    memoryMiB === null ? '?' : String(memoryMiB),
  ])
  const cores = usage.reduce((sum, use) => sum + use.cores, 0).toFixed(2)
  return table([['', 'us of CPU per order', 'cores', 'memory, MiB'], ...rows, ['total', String(costMicros.total), cores, '']])
}

function overloadRows(overload: NonNullable<ScenarioResults['overload']>): string[][] {
  const { duePerSecond, acceptedPerSecond, completedPerSecond, httpMs, orderToNotificationMs, refusalMs, refused, errors } = overload
  return [
    ['due/s', duePerSecond.toFixed(0)],
    ['accepted/s, completed/s', `${acceptedPerSecond.toFixed(0)}, ${completedPerSecond.toFixed(0)}`],
    ['refused with Retry-After, other errors', `${refused}, ${errorText(errors)}`],
    ['answer to accepted ones, ms: p50 / p90', pair(httpMs.p50, httpMs.p90)],
    ['  p99 / p99.9 / max', tail(httpMs)],
    ['order to notification, ms: p50 / p90', pair(orderToNotificationMs.p50, orderToNotificationMs.p90)],
    ['  p99 / p99.9 / max', tail(orderToNotificationMs)],
    ['refusal, ms: p50 / p99', pair(refusalMs.p50, refusalMs.p99)],
    [
      'everything accepted had ended after, s',
      overload.lost === 0 ? overload.drainSeconds.toFixed(1) : `never: ${overload.lost} have no outcome`,
    ],
    ['told late or never of its outcome', String(overload.unfinished)],
  ]
}

function invariantText(invariants: BenchResults['invariants']): string {
  if (!invariants) return 'rules that must always hold: not checked, the data cannot be read from here\n'
  const { checked, broken } = invariants
  const lines = broken.map(({ id, rule, found }) => `BROKEN ${id}: ${rule} (${found})\n`)
  return `${lines.join('')}${checked - broken.length} of ${checked} rules that must always hold do\n`
}

function settingText({ machine, system, load }: BenchResults): string {
  const engines = Object.entries(system.engines).map(([name, version]) => `${name}: ${version}`)
  const instances = Object.entries(system.instances).map(([name, count]) => `${count} x ${name}`)
  return [
    `${machine.cores} cores (${machine.processor}), Node ${machine.node}, commit ${machine.commit ?? 'unknown'}`,
    [system.mode, ...engines, ...instances].join(', '),
    `${load.customers} customers, ${load.sockets} sockets`,
    '',
  ].join('\n')
}
