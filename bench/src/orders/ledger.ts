import { createLatency, type Percentiles } from '../latency.ts'

/** Times in ms of this process's monotonic clock; only what is due from `fromMs` up to `toMs` is measured. */
export interface Window {
  fromMs: number
  toMs: number
}

/** What a load led to. Latencies count from when a request was due, not from when it was sent. */
export interface LedgerResult {
  due: number
  accepted: number
  completed: number
  rejected: number
  /** Requests without an order, by status or cause. */
  errors: Record<string, number>
  /** Orders taken whose outcome has not come. */
  unfinished: number
  httpMs: Percentiles
  orderToNotificationMs: Percentiles
}

/**
 * Keeps the books of one load. `accepted` and `completed` are counted when they happen within the window, whenever the
 * order was due: that is the system's throughput. Latencies and errors are those of the orders due within the window.
 */
export function createLedger(window: Window) {
  const open = new Map<string, number>()
  // Told by the socket before the answer with the order's id came.
  const early = new Map<string, { confirmed: boolean; atMs: number }>()
  const http = createLatency()
  const notification = createLatency()
  const counts = { due: 0, accepted: 0, completed: 0, rejected: 0 }
  const errors: Record<string, number> = {}
  const isWithin = (atMs: number) => atMs >= window.fromMs && atMs < window.toMs

  function finish(dueMs: number, { confirmed, atMs }: { confirmed: boolean; atMs: number }): void {
    if (confirmed && isWithin(atMs)) counts.completed += 1
    if (!confirmed && isWithin(dueMs)) counts.rejected += 1
    if (confirmed && isWithin(dueMs)) notification.record(atMs - dueMs)
  }

  return {
    due(dueMs: number): void {
      if (isWithin(dueMs)) counts.due += 1
    },

    accepted(orderId: string, dueMs: number, atMs: number): void {
      if (isWithin(atMs)) counts.accepted += 1
      if (isWithin(dueMs)) http.record(atMs - dueMs)
      const outcome = early.get(orderId)
      if (outcome === undefined) open.set(orderId, dueMs)
      else {
        early.delete(orderId)
        finish(dueMs, outcome)
      }
    },

    failed(dueMs: number, cause: string): void {
      if (isWithin(dueMs)) errors[cause] = (errors[cause] ?? 0) + 1
    },

    /** A customer's own socket told the outcome of an order. */
    told(orderId: string, outcome: { confirmed: boolean; atMs: number }): void {
      const dueMs = open.get(orderId)
      if (dueMs === undefined) {
        // Bounded, should the answer never come.
        if (early.size < 100_000) early.set(orderId, outcome)
        return
      }
      open.delete(orderId)
      finish(dueMs, outcome)
    },

    unfinished: () => open.size,

    result(): LedgerResult {
      return { ...counts, errors, unfinished: open.size, httpMs: http.percentiles(), orderToNotificationMs: notification.percentiles() }
    },
  }
}

export type Ledger = ReturnType<typeof createLedger>
