import type { Machine } from '../machine.ts'
import type { ThreadProfile } from '../profile.ts'
import type { LoadResult } from './load.ts'
import type { Mode } from './options.ts'
import type { ScenarioName } from './scenarios.ts'
import type { StageTimes } from './stages.ts'
import type { ProcessUse } from './usage-meter.ts'

/** The benchmark's results, as `--json` writes them. */
export interface BenchResults {
  startedAt: string
  machine: Machine
  system: {
    mode: Mode
    instances: Record<string, number>
    /** Versions of the database and the message queue, as far as they tell. */
    engines: Record<string, string>
  }
  load: { mode: 'search' | 'fixed rate'; customers: number; sockets: number; warmUpSeconds: number }
  scenarios: Partial<Record<ScenarioName, ScenarioResults>>
  /** Completed orders per second, one hot product against a spread catalogue; null unless both were measured. */
  hotToSpread: number | null
  /** The rules that must hold once everything has ended; null where the data cannot be read. */
  invariants: { checked: number; broken: { id: string; rule: string; found: number }[] } | null
}

export interface ScenarioResults {
  measured: LoadResult
  /** CPU time per completed order, in microseconds, by process name, and of all of them. */
  costMicros: { processes: Record<string, number>; total: number }
  /** Null where the data cannot be read. */
  stages: StageTimes | null
  /** Every rate that was tried, in order. */
  tried: Tried[]
  overload: OverloadResults | null
  /** Empty without `--profile`. */
  profile: ThreadProfile[]
}

export interface Tried {
  ordersPerSecond: number
  completedPerSecond: number
  p99: number | null
  isSustained: boolean
}

export interface OverloadResults extends LoadResult {
  /** Orders that were taken and have no outcome, not even when asked for afterwards. */
  lost: number
}

/** What each process spent on one order. */
export function costOf({
  usage,
  completed,
}: Pick<LoadResult, 'completed'> & { usage: readonly ProcessUse[] }): ScenarioResults['costMicros'] {
  const perOrder = (cpuSeconds: number) => Math.round((cpuSeconds * 1_000_000) / Math.max(1, completed))
  return {
    processes: Object.fromEntries(usage.map(({ name, cpuSeconds }) => [name, perOrder(cpuSeconds)])),
    total: perOrder(usage.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)),
  }
}
