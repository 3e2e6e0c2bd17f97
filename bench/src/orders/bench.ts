import { availableParallelism } from 'node:os'
import { Pool } from 'undici'
import { EXIT, Failure } from '../command.ts'
import { createGateway } from '../gateway.ts'
import { openLiveSocket } from '../live-socket.ts'
import { createSignIn, readOperator, type SignIn, withPassword } from '../sign-in.ts'
import { seededRandom } from './arrivals.ts'
import type { Ledger } from './ledger.ts'
import { type LoadParts, type LoadPlan, type LoadResult, runLoad } from './load.ts'
import type { BenchOptions } from './options.ts'
import { makeCatalogue, registerCustomers } from './participants.ts'
import { type MemoryUse, memoryOf } from './process-usage.ts'
import { orderBody, type ScenarioName } from './scenarios.ts'
import { searchSustained } from './search.ts'
import { type MeasuredSystem, startSystem } from './system.ts'

/** The benchmark's results, as `--json` writes them. */
export interface BenchResults {
  startedAt: string
  node: string
  cores: number
  mode: 'search' | 'fixed rate'
  customers: number
  sockets: number
  scenarios: Record<ScenarioName, LoadResult>
  /** Completed orders per second, one hot product against a spread catalogue. */
  hotToSpread: number
  /** Of the server: when ready, after each scenario, and the most there was. */
  memory: { ready: MemoryUse; spread: MemoryUse; hot: MemoryUse }
}

export interface BenchParts {
  options: BenchOptions
  /** Gets a line now and then. */
  log: (line: string) => void
  signal: AbortSignal
}

const PROBE = { warmUpSeconds: 1, seconds: 5 }
const WARM_UP_SECONDS = 3
const CONNECTIONS = 64
const SEED = 20_101_201

/** Runs both scenarios against a system of its own, or the one that is named. */
export async function runBench(parts: BenchParts): Promise<BenchResults> {
  const { options, log, signal } = parts
  const { gatewayUrl, dataFolder } = options
  log(gatewayUrl ? `Measuring ${gatewayUrl}` : 'Starting a system of its own ...')
  const system: MeasuredSystem = gatewayUrl ? { gatewayUrl, dataFolder, pid: undefined, stop: async () => {} } : await startSystem(signal)
  try {
    return await measureSystem(parts, system)
  } finally {
    await system.stop()
  }
}

async function measureSystem(parts: BenchParts, system: MeasuredSystem): Promise<BenchResults> {
  const { options, log, signal } = parts
  const startedAt = new Date().toISOString()
  const ready = await memoryOf(system.pid)
  const gateway = createGateway({ url: system.gatewayUrl, signal, connections: 16 })
  const http = new Pool(system.gatewayUrl, { connections: CONNECTIONS })
  const sockets: { close(): Promise<void> }[] = []
  try {
    const operator = createSignIn(gateway, withPassword(await readOperator(system.dataFolder)))
    const catalogue = await makeCatalogue(operator, signal)
    const customers = await registerCustomers(gateway, options.customers)
    const outcomes = createOutcomes()
    for (let index = 0; index < options.sockets; index += 1) {
      // A customer's further sockets get everything too, but an order completes when the first one has told of it.
      const told = index < customers.length ? outcomes.told : () => {}
      sockets.push(await listen(customers[index % customers.length], { gatewayUrl: system.gatewayUrl, told, signal }))
    }
    log(`${customers.length} customers, ${sockets.length} sockets, ${catalogue.spread.length + 1} products`)
    const tokens = () => Promise.all(customers.map((customer) => customer.token()))
    const random = seededRandom(SEED)
    const scenario = (name: ScenarioName) =>
      runScenario(
        { http, tokens, outcomes, nextBody: () => orderBody(name, catalogue, random), random, serverPid: system.pid, signal },
        { name, options, log },
      )
    const spread = await scenario('spread')
    const memorySpread = await memoryOf(system.pid)
    const hot = await scenario('hot')
    return {
      startedAt,
      node: process.version,
      cores: availableParallelism(),
      mode: options.ordersPerSecond === undefined ? 'search' : 'fixed rate',
      customers: options.customers,
      sockets: options.sockets,
      scenarios: { spread, hot },
      hotToSpread: Math.round((hot.completedPerSecond / spread.completedPerSecond) * 100) / 100,
      memory: { ready, spread: memorySpread, hot: await memoryOf(system.pid) },
    }
  } finally {
    await Promise.all(sockets.map((socket) => socket.close()))
    await http.destroy()
    await gateway.close()
  }
}

async function runScenario(load: LoadParts, { name, options, log }: { name: ScenarioName; options: BenchOptions; log: BenchParts['log'] }) {
  const run = async (plan: LoadPlan) => {
    const result = await runLoad(load, plan)
    const { ordersPerSecond, duePerSecond, completedPerSecond } = result
    log(`${name}: at ${ordersPerSecond} orders/s: ${duePerSecond} due/s, ${completedPerSecond} completed/s`)
    return result
  }
  const measure = (ordersPerSecond: number) => run({ ordersPerSecond, warmUpSeconds: WARM_UP_SECONDS, seconds: options.seconds })
  if (options.ordersPerSecond !== undefined) return measure(options.ordersPerSecond)
  const result = await searchSustained({ measure, probe: (ordersPerSecond) => run({ ordersPerSecond, ...PROBE }) })
  if (!result) throw new Failure(EXIT.failed, `No rate was sustained in the scenario "${name}".`)
  return result
}

/** Passes on what sockets tell to whoever listens now. */
function createOutcomes() {
  let listener: Ledger['told'] = () => {}
  return {
    told: (...outcome: Parameters<Ledger['told']>) => listener(...outcome),
    listen(told: Ledger['told']): void {
      listener = told
    },
  }
}

interface Listening {
  gatewayUrl: string
  told: Ledger['told']
  signal: AbortSignal
}

async function listen(customer: SignIn | undefined, { gatewayUrl, told, signal }: Listening) {
  if (!customer) throw new Failure(EXIT.badInput, 'A benchmark needs a customer.')
  return openLiveSocket({
    gatewayUrl,
    topic: 'user:me',
    token: customer.token,
    signal,
    onEvent(event, atMs) {
      if (event.kind !== 'notification') return
      const { orderId, status } = event.notification
      if (status === 'confirmed' || status === 'rejected') told(orderId, { confirmed: status === 'confirmed', atMs })
    },
  })
}
