import type { Outbox } from '@order-flow/messaging'
import { Counter, type Metrics, overloaded } from '@order-flow/service-kit'
import type { Config } from './config.ts'

/** How many of the latest decisions are looked at, how many are needed for a judgement, and how fresh they must be. */
const SAMPLES = 200
const MIN_SAMPLES = 20
const FRESH_MS = 2000
const JUDGE_EVERY_MS = 50

export interface Overload {
  /** Errors: `unavailable` with when to come back, when a new order would wait too long. Counted. */
  check(): void
  /** Counts a refusal that somebody else decided. */
  refused(reason: 'queue'): void
  /** Orders have just left `placed`; when they had been placed, in ms since 1970. */
  decided(placedAtMs: readonly number[]): void
}

export interface OverloadParts {
  outbox: Pick<Outbox, 'ageMs'>
  config: Pick<Config['orders'], 'maxOutboxAgeSeconds' | 'maxDecisionSeconds'>
  metrics: Metrics
  now?: () => number
}

/**
 * Decides when new orders are refused so that accepted ones stay fast: when events wait too long for the message queue,
 * or when most orders that are being decided have waited too long. A message queue that is down is no overload until
 * its backlog is as old as the limit; after that, what was accepted goes first.
 */
export function createOverload({ outbox, config, metrics, now = Date.now }: OverloadParts): Overload {
  let decisions: { atMs: number; waitedMs: number }[] = []
  let typicalWait: { ms: number; atMs: number } | undefined
  const refusals = new Counter({
    name: 'orders_refused_total',
    help: 'Orders refused with 503 because they would have waited too long, by what they would have waited for.',
    labelNames: ['reason'],
    registers: [metrics.registry],
  })

  function refuse(reason: string, text: string, retryAfterSeconds: number): never {
    refusals.inc({ reason })
    throw overloaded(text, retryAfterSeconds)
  }

  /** The median of the latest waits; undefined when there are too few to say. */
  function typicalWaitMs(): number | undefined {
    const fresh = decisions.filter(({ atMs }) => now() - atMs < FRESH_MS)
    if (fresh.length < MIN_SAMPLES) return undefined
    return fresh.map(({ waitedMs }) => waitedMs).sort((a, b) => a - b)[Math.floor(fresh.length / 2)]
  }

  /** Judged once for all that come at the same time: asking for each order would cost more than the rest of the check. */
  function isDecidingLate(): number | undefined {
    if (!typicalWait || now() - typicalWait.atMs > JUDGE_EVERY_MS) typicalWait = { ms: typicalWaitMs() ?? 0, atMs: now() }
    return typicalWait.ms > config.maxDecisionSeconds * 1000 ? typicalWait.ms : undefined
  }

  return {
    check() {
      const ageSeconds = outbox.ageMs() / 1000
      if (ageSeconds > config.maxOutboxAgeSeconds) {
        refuse('outbox', `Orders have been waiting for the message queue for ${Math.round(ageSeconds)} s`, 10)
      }
      const waitMs = isDecidingLate()
      if (waitMs !== undefined) {
        refuse('decision', `Orders wait ${Math.round(waitMs / 1000)} s for their outcome`, 2)
      }
    },
    refused: (reason) => refusals.inc({ reason }),
    decided(placedAtMs) {
      const atMs = now()
      const latest = placedAtMs.slice(-SAMPLES).map((placedMs) => ({ atMs, waitedMs: atMs - placedMs }))
      decisions = [...decisions, ...latest].slice(-SAMPLES)
    },
  }
}
