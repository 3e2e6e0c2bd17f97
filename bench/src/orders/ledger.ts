import { createLatency, type Percentiles } from '../latency.ts'
import type { Window } from '../window.ts'
import { createTimeline, type SecondResult } from './timeline.ts'

/** What a load led to. Latencies count from when a request was due, not from when it was sent. */
export interface LedgerResult {
  due: number
  accepted: number
  completed: number
  rejected: number
  /** Requests that were told to come back later: 503 or 429 with `Retry-After`. */
  refused: number
  /** Requests without an order that were not refused politely, by status or cause. */
  errors: Record<string, number>
  /** Orders taken whose outcome has not come. */
  unfinished: number
  httpMs: Percentiles
  orderToNotificationMs: Percentiles
  /** How long a refused request waited for its refusal. */
  refusalMs: Percentiles
  timeline: SecondResult[]
}

/** The moments of one order that its customer saw, in ms of this process's monotonic clock. */
export interface OrderSample {
  orderId: string
  dueMs: number
  answeredMs: number
  toldMs: number
  /** Of the notification in the customer's topic. */
  offset: number
}

/** A customer's own socket told the outcome of an order. `offset`: of the notification in the customer's topic. */
export interface Told {
  confirmed: boolean
  atMs: number
  offset: number
}

/** What is known of an order whose outcome has not come. */
interface OpenOrder {
  dueMs: number
  answeredMs: number
}

// Told by a socket before the answer with the order's id came; bounded, should the answer never come.
const MAX_EARLY = 100_000

/**
 * Keeps the books of one load. `accepted` and `completed` are counted when they happen within the window, whenever the
 * order was due: that is the system's throughput. Latencies, refusals and errors are those of the orders due within the
 * window. Of `maxSamples` (default 2,000) completed ones, spread evenly, the moments are kept.
 */
export function createLedger(window: Window, maxSamples = 2_000) {
  const open = new Map<string, OpenOrder>()
  const early = new Map<string, Told>()
  const http = createLatency()
  const notification = createLatency()
  const refusal = createLatency()
  const timeline = createTimeline(window)
  const samples = createSamples<OrderSample>(maxSamples)
  const counts = { due: 0, accepted: 0, completed: 0, rejected: 0, refused: 0 }
  const errors: Record<string, number> = {}
  const isWithin = (atMs: number) => atMs >= window.fromMs && atMs < window.toMs

  function finish(orderId: string, { dueMs, answeredMs }: OpenOrder, { confirmed, atMs, offset }: Told): void {
    if (!confirmed) {
      if (isWithin(dueMs)) counts.rejected += 1
      return
    }
    if (isWithin(atMs)) {
      counts.completed += 1
      timeline.completed(atMs, atMs - dueMs)
    }
    if (!isWithin(dueMs)) return
    notification.record(atMs - dueMs)
    samples.add({ orderId, dueMs, answeredMs, toldMs: atMs, offset })
  }

  return {
    due(dueMs: number): void {
      if (isWithin(dueMs)) counts.due += 1
    },

    accepted(orderId: string, dueMs: number, atMs: number): void {
      if (isWithin(atMs)) counts.accepted += 1
      if (isWithin(dueMs)) http.record(atMs - dueMs)
      const order = { dueMs, answeredMs: atMs }
      const told = early.get(orderId)
      if (told === undefined) open.set(orderId, order)
      else {
        early.delete(orderId)
        finish(orderId, order, told)
      }
    },

    refused(dueMs: number, atMs: number): void {
      if (isWithin(dueMs)) {
        counts.refused += 1
        refusal.record(atMs - dueMs)
      }
    },

    failed(dueMs: number, cause: string): void {
      if (isWithin(dueMs)) errors[cause] = (errors[cause] ?? 0) + 1
    },

    told(orderId: string, outcome: Told): void {
      const order = open.get(orderId)
      if (order === undefined) {
        if (early.size < MAX_EARLY) early.set(orderId, outcome)
        return
      }
      open.delete(orderId)
      finish(orderId, order, outcome)
    },

    unfinished: () => open.size,
    unfinishedIds: () => Array.from(open.keys()),
    samples: () => samples.all(),

    result(): LedgerResult {
      return {
        ...counts,
        errors,
        unfinished: open.size,
        httpMs: http.percentiles(),
        orderToNotificationMs: notification.percentiles(),
        refusalMs: refusal.percentiles(),
        timeline: timeline.seconds(),
      }
    },
  }
}

export type Ledger = ReturnType<typeof createLedger>

/** Keeps every n-th of what is added, n doubling whenever there are too many: evenly spread, however many come. */
function createSamples<T>(max: number) {
  let kept: T[] = []
  let every = 1
  let seen = 0
  return {
    add(sample: T): void {
      seen += 1
      if (seen % every !== 0) return
      kept.push(sample)
      if (kept.length <= max) return
      kept = kept.filter((_kept, index) => index % 2 === 1)
      every *= 2
    },
    all: (): readonly T[] => kept,
  }
}
