import type { LiveEvent } from '@order-flow/contracts'
import type { Latency } from '../latency.ts'

/** How an order ended, as a notification tells it. */
export type SeenOutcome = 'confirmed' | 'rejected'

// The topic tells of everybody's orders; those that nobody asks for are forgotten, the oldest first.
const MAX_UNCLAIMED = 50_000

/**
 * The outcomes that notifications tell. An order may be told of before the answer to its request gives us its id, so
 * outcomes without an owner are kept a while. `latency` gets the time from `sentAtMs` to the notification.
 */
export function createOutcomes(latency: Latency) {
  const unclaimed = new Map<string, { outcome: SeenOutcome; atMs: number }>()
  const waiting = new Map<string, { sentAtMs: number | undefined; resolve: (outcome: SeenOutcome | undefined) => void }>()

  function note(sentAtMs: number | undefined, atMs: number): void {
    if (sentAtMs !== undefined) latency.record(atMs - sentAtMs)
  }

  return {
    onEvent(event: LiveEvent, atMs: number): void {
      if (event.kind !== 'notification') return
      const { orderId, status: outcome } = event.notification
      if (outcome !== 'confirmed' && outcome !== 'rejected') return
      const waiter = waiting.get(orderId)
      if (waiter) {
        note(waiter.sentAtMs, atMs)
        waiter.resolve(outcome)
        return
      }
      if (unclaimed.has(orderId)) return
      unclaimed.set(orderId, { outcome, atMs })
      const [oldest] = unclaimed.size > MAX_UNCLAIMED ? unclaimed.keys() : []
      if (oldest !== undefined) unclaimed.delete(oldest)
    },

    /**
     * The order's outcome, once it is told; undefined when that takes longer than `timeoutMs`. `sentAtMs` is undefined
     * for an order placed before this run, whose time says nothing.
     */
    async wait(
      orderId: string,
      { sentAtMs, timeoutMs }: { sentAtMs: number | undefined; timeoutMs: number },
    ): Promise<SeenOutcome | undefined> {
      const known = unclaimed.get(orderId)
      if (known) {
        unclaimed.delete(orderId)
        note(sentAtMs, known.atMs)
        return known.outcome
      }
      const { promise, resolve } = Promise.withResolvers<SeenOutcome | undefined>()
      waiting.set(orderId, { sentAtMs, resolve })
      const timer = setTimeout(resolve, timeoutMs, undefined)
      try {
        return await promise
      } finally {
        clearTimeout(timer)
        waiting.delete(orderId)
      }
    },

    /** Ends every wait without an outcome. */
    release(): void {
      for (const { resolve } of waiting.values()) resolve(undefined)
    },
  }
}

export type Outcomes = ReturnType<typeof createOutcomes>
