import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { pause } from '../gateway.ts'
import { createLatency } from '../latency.ts'
import { arrivals } from './arrivals.ts'
import { createLedger, type Ledger, type LedgerResult } from './ledger.ts'
import { cpuSecondsOf } from './process-usage.ts'

export interface LoadParts {
  /** Where requests go: the gateway. */
  http: Pick<Dispatcher, 'dispatch'>
  /** Access tokens of the customers, who order in turn; asked again from time to time. */
  tokens: () => Promise<string[]>
  /** Passes on what the customers' sockets tell, to one listener at a time. */
  outcomes: { listen(told: Ledger['told']): void }
  nextBody: () => string
  random: () => number
  serverPid: number | undefined
  signal: AbortSignal
}

export interface LoadPlan {
  ordersPerSecond: number
  /** Sent at the same rate before anything is measured. */
  warmUpSeconds: number
  seconds: number
}

/** What one load of one rate led to. CPU in cores (1 = one core busy all the time); null where the system does not tell. */
export interface LoadResult extends LedgerResult {
  ordersPerSecond: number
  seconds: number
  duePerSecond: number
  acceptedPerSecond: number
  completedPerSecond: number
  serverCpu: number | null
  generatorCpu: number
  /** How late requests were sent: if this is long, the generator was the bottleneck. */
  sentLateMs: { p99: number | null; max: number | null }
}

const MAX_DRAIN_MS = 15_000
const RENEW_TOKENS_MS = 10_000
// More than the gateway and the services together admit at a time; above, requests are no longer sent but counted.
const MAX_OPEN_REQUESTS = 5_000

/** Sends orders at their due times, however slow the answers, then waits (at most 15 s) for what is still open. */
export async function runLoad(parts: LoadParts, plan: LoadPlan): Promise<LoadResult> {
  let authorization = bearers(await parts.tokens())
  const renewing = setInterval(() => {
    parts.tokens().then(
      (tokens) => {
        authorization = bearers(tokens)
      },
      () => {}, // the requests themselves will meet and count whatever is wrong
    )
  }, RENEW_TOKENS_MS)
  const startMs = performance.now()
  const window = { fromMs: startMs + plan.warmUpSeconds * 1000, toMs: startMs + (plan.warmUpSeconds + plan.seconds) * 1000 }
  const ledger = createLedger(window)
  parts.outcomes.listen(ledger.told)
  const sender = createSender(parts.http, ledger)
  const usage = measureUsage(parts.serverPid, window)
  let number = 0
  try {
    const late = await sendWhenDue(parts, { startMs, toMs: window.toMs, ordersPerSecond: plan.ordersPerSecond }, (dueMs) => {
      const bearer = authorization[number++ % authorization.length] ?? ''
      sender.send(dueMs, bearer, parts.nextBody())
    })
    const deadlineMs = performance.now() + MAX_DRAIN_MS
    while ((sender.open() > 0 || ledger.unfinished() > 0) && performance.now() < deadlineMs) await pause(20, parts.signal)
    return summarise(plan, { ledger: ledger.result(), usage: await usage, late })
  } finally {
    clearInterval(renewing)
  }
}

interface Sending {
  startMs: number
  toMs: number
  ordersPerSecond: number
}

/** Calls `send` for every due time before `toMs`; answers how late the calls were. */
async function sendWhenDue({ random, signal }: LoadParts, sending: Sending, send: (dueMs: number) => void) {
  const late = createLatency()
  const times = arrivals(sending.ordersPerSecond, random)
  let dueMs = sending.startMs + times.next().value
  while (dueMs < sending.toMs) {
    const nowMs = performance.now()
    for (; dueMs <= nowMs && dueMs < sending.toMs; dueMs = sending.startMs + times.next().value) {
      late.record(nowMs - dueMs)
      send(dueMs)
    }
    await pause(1, signal)
  }
  const { p99, max } = late.percentiles()
  return { p99, max }
}

/** Sends one order request after the other without waiting; undici's bare `dispatch` costs a fraction of `fetch`. */
function createSender(http: LoadParts['http'], ledger: Ledger) {
  const run = randomUUID()
  let number = 0
  let open = 0

  function send(dueMs: number, bearer: string, body: string): void {
    ledger.due(dueMs)
    if (open >= MAX_OPEN_REQUESTS) {
      ledger.failed(dueMs, 'not_sent')
      return
    }
    open += 1
    number += 1
    const headers = { authorization: bearer, 'content-type': 'application/json', 'idempotency-key': `${run}-${number}` }
    http.dispatch({ method: 'POST', path: '/api/orders', headers, body }, answerHandler(dueMs))
  }

  function answerHandler(dueMs: number): Dispatcher.DispatchHandler {
    let status = 0
    let orderId = ''
    return {
      onRequestStart() {},
      onResponseStart(_controller, statusCode, headers) {
        status = statusCode
        // `/api/orders/{id}`: reading it spares parsing the body.
        orderId = String(headers.location ?? '').slice('/api/orders/'.length)
      },
      onResponseData() {},
      onResponseEnd() {
        open -= 1
        if (status === 201 && orderId) ledger.accepted(orderId, dueMs, performance.now())
        else ledger.failed(dueMs, String(status))
      },
      onResponseError(_controller, error) {
        open -= 1
        ledger.failed(dueMs, 'code' in error ? String(error.code) : error.name)
      },
    }
  }

  return { send, open: () => open }
}

/** CPU of both sides within the window, in cores. */
async function measureUsage(serverPid: number | undefined, { fromMs, toMs }: { fromMs: number; toMs: number }) {
  // Not holding up the end of the process: an interrupted load needs no usage.
  await sleep(fromMs - performance.now(), undefined, { ref: false })
  const [server, own] = [await cpuSecondsOf(serverPid), process.cpuUsage()]
  await sleep(toMs - performance.now(), undefined, { ref: false })
  const { user, system } = process.cpuUsage(own)
  const serverEnd = await cpuSecondsOf(serverPid)
  const seconds = (toMs - fromMs) / 1000
  return {
    serverCpu: server === undefined || serverEnd === undefined ? null : round((serverEnd - server) / seconds),
    generatorCpu: round((user + system) / 1_000_000 / seconds),
  }
}

interface Measured {
  ledger: LedgerResult
  usage: Awaited<ReturnType<typeof measureUsage>>
  late: LoadResult['sentLateMs']
}

function summarise({ ordersPerSecond, seconds }: LoadPlan, { ledger, usage, late }: Measured): LoadResult {
  const perSecond = (count: number) => round(count / seconds)
  return {
    ordersPerSecond,
    seconds,
    duePerSecond: perSecond(ledger.due),
    acceptedPerSecond: perSecond(ledger.accepted),
    completedPerSecond: perSecond(ledger.completed),
    ...ledger,
    ...usage,
    sentLateMs: late,
  }
}

function bearers(tokens: string[]): string[] {
  return tokens.map((token) => `Bearer ${token}`)
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
