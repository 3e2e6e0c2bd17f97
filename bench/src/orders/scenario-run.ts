import type { Source } from '@order-flow/invariants'
import { EXIT, Failure } from '../command.ts'
import type { SignIn } from '../sign-in.ts'
import type { Window } from '../window.ts'
import { type Load, type LoadParts, type LoadPlan, runLoad } from './load.ts'
import type { BenchOptions } from './options.ts'
import { costOf, type OverloadResults, type ScenarioResults, type Tried } from './results.ts'
import type { ScenarioName } from './scenarios.ts'
import { isSustained, searchSustained } from './search.ts'
import { readStages } from './stages.ts'

export interface ScenarioParts {
  name: ScenarioName
  load: LoadParts
  options: Pick<BenchOptions, 'ordersPerSecond' | 'seconds' | 'overload'>
  /** Sees every order. */
  operator: SignIn
  /** Where the services' tables can be read; undefined: nowhere. */
  data: Source | undefined
  log: (line: string) => void
}

export const WARM_UP_SECONDS = 10
const PROBE = { warmUpSeconds: 1, seconds: 5 }
const OVERLOAD_SECONDS = 30
const OVERLOAD_DRAIN_SECONDS = 60
const MAX_ASKED = 1_000

/** Measures one scenario: at one rate or the highest that is sustained, then, where asked for, above it. */
export async function runScenario(parts: ScenarioParts): Promise<{ results: Omit<ScenarioResults, 'profile'>; window: Window }> {
  const tried: Tried[] = []
  const load = await measure(parts, tried)
  const { result, window, samples } = load
  // The services note the time of day; this process's own clock does not follow its corrections within a run.
  const offsetMs = Date.now() - performance.now()
  const stages = await parts.data?.read((tables) => readStages(tables, samples, (monotonicMs) => monotonicMs + offsetMs))
  const { overload } = parts.options
  return {
    results: {
      measured: result,
      costMicros: costOf(result),
      stages: stages ?? null,
      tried,
      overload: overload === undefined ? null : await runOverload(parts, result.ordersPerSecond * overload),
    },
    window,
  }
}

async function measure({ name, load, options, log }: ScenarioParts, tried: Tried[]): Promise<Load> {
  const run = async (plan: LoadPlan) => {
    const one = await runLoad(load, plan)
    const { ordersPerSecond, duePerSecond, completedPerSecond, orderToNotificationMs } = one.result
    tried.push({ ordersPerSecond, completedPerSecond, p99: orderToNotificationMs.p99, isSustained: isSustained(one.result) })
    log(`${name}: at ${ordersPerSecond} orders/s: ${duePerSecond} due/s, ${completedPerSecond} completed/s`)
    return one
  }
  const full = (ordersPerSecond: number) => run({ ordersPerSecond, warmUpSeconds: WARM_UP_SECONDS, seconds: options.seconds })
  if (options.ordersPerSecond !== undefined) return full(options.ordersPerSecond)
  const found = await searchSustained({ measure: full, probe: (ordersPerSecond) => run({ ordersPerSecond, ...PROBE }) })
  if (!found) throw new Failure(EXIT.failed, `No rate was sustained in the scenario "${name}".`)
  return found
}

/** More than the system can do, and whether it keeps its promises about what it has taken. */
async function runOverload({ name, load, operator, log }: ScenarioParts, ordersPerSecond: number): Promise<OverloadResults> {
  const { result, unfinishedIds } = await runLoad(load, {
    ordersPerSecond,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds: OVERLOAD_SECONDS,
    drainSeconds: OVERLOAD_DRAIN_SECONDS,
  })
  log(`${name}: overload of ${ordersPerSecond} orders/s: ${result.completedPerSecond} completed/s, ${result.refused} refused`)
  return { ...result, lost: await countLost(operator, unfinishedIds) }
}

/** Of orders that nobody was told of, how many really have no outcome; of very many, those beyond a thousand count as lost. */
async function countLost(operator: SignIn, orderIds: readonly string[]): Promise<number> {
  let lost = Math.max(0, orderIds.length - MAX_ASKED)
  for (const orderId of orderIds.slice(0, MAX_ASKED)) {
    const { body } = await operator.send({ method: 'GET', path: `/api/orders/${orderId}` })
    const status = typeof body === 'object' && body !== null && 'status' in body ? body.status : undefined
    if (status !== 'confirmed' && status !== 'rejected') lost += 1
  }
  return lost
}
