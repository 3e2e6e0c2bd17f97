import { pause } from '../gateway.ts'
import { createLatency } from '../latency.ts'
import type { SystemProcess } from '../process-usage.ts'
import type { Window } from '../window.ts'
import { arrivals } from './arrivals.ts'
import type { Answer } from './http-connection.ts'
import { createLedger, type Ledger, type LedgerResult, type OrderSample } from './ledger.ts'
import type { OrderSender, Outcome } from './order-sender.ts'
import { type ProcessUse, startUsageMeter } from './usage-meter.ts'

export interface LoadParts {
  sender: OrderSender
  /** Access tokens of the customers, who order in turn; asked again from time to time. */
  tokens: () => Promise<string[]>
  /** Passes on what the customers' sockets tell, to one listener at a time. */
  outcomes: { listen(told: Ledger['told']): void }
  nextBody: () => string
  random: () => number
  /** Processes of the system, as far as they can be looked into. */
  processes: () => readonly SystemProcess[]
  signal: AbortSignal
}

export interface LoadPlan {
  ordersPerSecond: number
  /** Sent at the same rate before anything is measured. */
  warmUpSeconds: number
  seconds: number
  /** How long what is still open at the end may take, in seconds. Default 15. */
  drainSeconds?: number
}

/** What one load of one rate led to. */
export interface LoadResult extends LedgerResult {
  ordersPerSecond: number
  seconds: number
  duePerSecond: number
  acceptedPerSecond: number
  completedPerSecond: number
  /** By process name, the load generator's own among them, while the load was measured. */
  usage: ProcessUse[]
  /** How late requests were sent: if this is long, the generator was the bottleneck. */
  sentLateMs: { p99: number | null; max: number | null }
  /** Connections to the gateway at the end: the most requests that were open at once. */
  connections: number
  /** How long it took after the last request until everything open had its outcome. */
  drainSeconds: number
}

export interface Load {
  result: LoadResult
  window: Window
  samples: readonly OrderSample[]
  /** Orders that were taken and of whose outcome nobody was told. */
  unfinishedIds: readonly string[]
}

export const GENERATOR = 'load generator'
const DEFAULT_DRAIN_SECONDS = 15
const RENEW_TOKENS_MS = 10_000
// As many as the sender has connections: a request that waits here and not at the gateway would tell of the wrong one.
// Above, requests are no longer sent but counted.
const MAX_OPEN_REQUESTS = 4_000
const TICK_MS = 1

/** Sends orders at their due times, however slow the answers, then waits for what is still open. */
export async function runLoad(parts: LoadParts, plan: LoadPlan): Promise<Load> {
  const tokens = await keepTokens(parts.tokens)
  const startMs = performance.now()
  const window = { fromMs: startMs + plan.warmUpSeconds * 1000, toMs: startMs + (plan.warmUpSeconds + plan.seconds) * 1000 }
  const ledger = createLedger(window)
  parts.outcomes.listen(ledger.told)
  const usage = measureUsage(parts, window)
  try {
    const late = await sendWhenDue(parts, { startMs, toMs: window.toMs, ordersPerSecond: plan.ordersPerSecond }, (dueMs) =>
      sendOrder(parts, ledger, { dueMs, token: tokens.next() }),
    )
    const { sender, signal } = parts
    const deadlineMs = window.toMs + (plan.drainSeconds ?? DEFAULT_DRAIN_SECONDS) * 1000
    while ((sender.open() > 0 || ledger.unfinished() > 0) && performance.now() < deadlineMs) await pause(20, signal)
    const measured = { usage: await usage, late, connections: sender.connections(), drainMs: performance.now() - window.toMs }
    return { result: summarise(plan, ledger.result(), measured), window, samples: ledger.samples(), unfinishedIds: ledger.unfinishedIds() }
  } finally {
    tokens.close()
  }
}

/** Hands out the customers' tokens in turn and keeps them fresh. */
async function keepTokens(ask: LoadParts['tokens']) {
  let tokens = await ask()
  let number = 0
  const renewing = setInterval(() => {
    ask().then(
      (renewed) => {
        tokens = renewed
      },
      () => {}, // the requests themselves will meet and count whatever is wrong
    )
  }, RENEW_TOKENS_MS)
  return {
    next: () => tokens[number++ % tokens.length] ?? '',
    close: () => clearInterval(renewing),
  }
}

interface Sending {
  startMs: number
  toMs: number
  ordersPerSecond: number
}

/** Calls `send` for every due time before `toMs`; answers how late the calls were. */
function sendWhenDue({ random, signal }: LoadParts, sending: Sending, send: (dueMs: number) => void) {
  const late = createLatency()
  const times = arrivals(sending.ordersPerSecond, random)
  let dueMs = sending.startMs + times.next().value
  return new Promise<LoadResult['sentLateMs']>((resolve, reject) => {
    const ticking = setInterval(() => {
      const nowMs = performance.now()
      for (; dueMs <= nowMs && dueMs < sending.toMs; dueMs = sending.startMs + times.next().value) {
        late.record(nowMs - dueMs)
        send(dueMs)
      }
      if (dueMs < sending.toMs && !signal.aborted) return
      clearInterval(ticking)
      const { p99, max } = late.percentiles()
      if (signal.aborted) reject(signal.reason)
      else resolve({ p99, max })
    }, TICK_MS)
  })
}

function sendOrder({ sender, nextBody }: LoadParts, ledger: Ledger, { dueMs, token }: { dueMs: number; token: string }): void {
  ledger.due(dueMs)
  if (sender.open() >= MAX_OPEN_REQUESTS) ledger.failed(dueMs, 'not_sent')
  else sender.send({ token, body: nextBody() }, (outcome) => note(ledger, dueMs, outcome))
}

const LOCATION = '/api/orders/'

function note(ledger: Ledger, dueMs: number, outcome: Outcome): void {
  if ('cause' in outcome) {
    ledger.failed(dueMs, outcome.cause)
    return
  }
  const { status, location } = outcome
  // `/api/orders/{id}`: reading it spares parsing the body.
  if (status === 201 && location.startsWith(LOCATION)) ledger.accepted(location.slice(LOCATION.length), dueMs, performance.now())
  else if (isRefusal(outcome)) ledger.refused(dueMs, performance.now())
  else ledger.failed(dueMs, String(status))
}

/** Too much to do at the moment, said with a time to come back. */
function isRefusal({ status, retryAfter }: Answer): boolean {
  return (status === 503 || status === 429) && retryAfter
}

/** What every process used within the window. */
async function measureUsage({ processes, signal }: LoadParts, { fromMs, toMs }: Window): Promise<ProcessUse[]> {
  const all = () => [...processes(), { name: GENERATOR, pid: process.pid }]
  try {
    await pause(fromMs - performance.now(), signal)
    const meter = startUsageMeter(all)
    await pause(toMs - performance.now(), signal)
    return meter.stop()
  } catch {
    return [] // interrupted: whoever waits for the load hears of it
  }
}

interface Measured {
  usage: ProcessUse[]
  late: LoadResult['sentLateMs']
  connections: number
  drainMs: number
}

function summarise(
  { ordersPerSecond, seconds }: LoadPlan,
  ledger: LedgerResult,
  { usage, late, connections, drainMs }: Measured,
): LoadResult {
  const perSecond = (count: number) => Math.round((count / seconds) * 100) / 100
  return {
    ordersPerSecond,
    seconds,
    duePerSecond: perSecond(ledger.due),
    acceptedPerSecond: perSecond(ledger.accepted),
    completedPerSecond: perSecond(ledger.completed),
    ...ledger,
    usage,
    sentLateMs: late,
    connections,
    drainSeconds: Math.max(0, Math.round(drainMs / 10) / 100),
  }
}
