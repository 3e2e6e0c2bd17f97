import { openAudit, type Source } from '@order-flow/invariants'
import { createGateway, type Gateway, pause } from '../gateway.ts'
import { type Machine, machineFacts } from '../machine.ts'
import { readProfiles } from '../profile.ts'
import { createSignIn, readOperator, withPassword } from '../sign-in.ts'
import { onSystemClock, type Window } from '../window.ts'
import { seededRandom } from './arrivals.ts'
import { openCrowd } from './crowd.ts'
import { openDataSource } from './data-source.ts'
import type { BenchOptions } from './options.ts'
import { createOrderSender } from './order-sender.ts'
import { makeCatalogue } from './participants.ts'
import type { BenchResults, ScenarioResults } from './results.ts'
import { runScenario, WARM_UP_SECONDS } from './scenario-run.ts'
import { orderBodies, type ScenarioName } from './scenarios.ts'
import { type MeasuredSystem, openSystem } from './system.ts'

export interface BenchParts {
  options: BenchOptions
  /** Gets a line now and then. */
  log: (line: string) => void
  signal: AbortSignal
}

const SEED = 20_101_201
const REST_TIMEOUT_MS = 60_000
const REST_POLL_MS = 2_000

type Measured = Record<string, { results: Omit<ScenarioResults, 'profile'>; window: Window }>

/** Runs the scenarios against a system of its own, or the one that is named. */
export async function runBench(parts: BenchParts): Promise<BenchResults> {
  const { options, log, signal } = parts
  const startedAt = new Date().toISOString()
  const machine = await machineFacts()
  log(options.gatewayUrl ? `Measuring ${options.gatewayUrl}` : `Starting a system of its own (${options.mode}) ...`)
  const system = await openSystem(options, signal)
  try {
    const { measured, names, ...facts } = await measureSystem(parts, system).finally(() => system.stop())
    const scenarios: BenchResults['scenarios'] = {}
    for (const name of options.scenarios) {
      const one = measured[name]
      if (!one) continue
      // The processes write their profiles when they end.
      const profile = system.profileFolder === undefined ? [] : await readProfiles(system.profileFolder, names, onSystemClock(one.window))
      scenarios[name] = { ...one.results, profile }
    }
    return { ...describe({ startedAt, machine, options }), ...facts, scenarios, hotToSpread: hotToSpread(scenarios) }
  } finally {
    await system.dispose()
  }
}

async function measureSystem(parts: BenchParts, system: MeasuredSystem) {
  const { options, log, signal } = parts
  const gateway = createGateway({ url: system.gatewayUrl, signal, connections: 16 })
  const data = system.data && openDataSource(system.data)
  try {
    const engines = await system.engines()
    const measured = await measureScenarios({ ...parts, gateway, data }, system)
    log('Checking what must always hold ...')
    const invariants = await checkInvariants(system, signal)
    const names = new Map(system.processes().map(({ name, pid }) => [pid, name]))
    return { measured, names, invariants, system: { mode: system.mode, instances: options.instances, engines } }
  } finally {
    await gateway.close()
  }
}

async function measureScenarios(
  { options, log, signal, gateway, data }: BenchParts & { gateway: Gateway; data: Source | undefined },
  system: MeasuredSystem,
) {
  const operator = createSignIn(gateway, withPassword(await readOperator(system.dataFolder)))
  const catalogue = await makeCatalogue(operator, signal)
  const crowd = await openCrowd({ gateway, customers: options.customers, sockets: options.sockets, signal })
  const sender = createOrderSender({ url: system.gatewayUrl })
  const random = seededRandom(SEED)
  log(`${options.customers} customers, ${options.sockets} sockets, ${catalogue.spread.length + 1} products`)
  const measured: Measured = {}
  try {
    for (const name of options.scenarios) {
      const nextBody = orderBodies(name, catalogue, random)
      const load = { sender, tokens: crowd.tokens, outcomes: crowd, nextBody, random, processes: system.processes, signal }
      measured[name] = await runScenario({ name, load, options, operator, data, log })
    }
  } finally {
    sender.close()
    await crowd.close()
  }
  return measured
}

/**
 * Every rule must hold once everything has ended, which is waited for: the last events may still be on their way. Null
 * where the data cannot be read.
 */
async function checkInvariants({ data }: MeasuredSystem, signal: AbortSignal): Promise<BenchResults['invariants']> {
  if (!data) return null
  const deadlineMs = performance.now() + REST_TIMEOUT_MS
  for (;;) {
    const results = await openAudit(data).check({ atRest: true })
    const broken = results.filter(({ holds }) => !holds).map(({ id, rule, found }) => ({ id, rule, found }))
    if (broken.length === 0 || performance.now() > deadlineMs) return { checked: results.length, broken }
    await pause(REST_POLL_MS, signal)
  }
}

interface Description {
  startedAt: string
  machine: Machine
  options: BenchOptions
}

function describe({ startedAt, machine, options }: Description): Pick<BenchResults, 'startedAt' | 'machine' | 'load'> {
  const { customers, sockets, ordersPerSecond } = options
  const mode = ordersPerSecond === undefined ? 'search' : 'fixed rate'
  return { startedAt, machine, load: { mode, customers, sockets, warmUpSeconds: WARM_UP_SECONDS } }
}

function hotToSpread({ hot, spread }: Partial<Record<ScenarioName, ScenarioResults>>): number | null {
  return hot && spread ? Math.round((hot.measured.completedPerSecond / spread.measured.completedPerSecond) * 100) / 100 : null
}
