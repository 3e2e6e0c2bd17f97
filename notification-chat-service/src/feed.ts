import { setTimeout as pause } from 'node:timers/promises'
import { type Database, Histogram, type Leadership, type Logger, type Metrics, type Tx } from '@order-flow/service-kit'
import { appendToFeed, type FeedEntry, sweepFeed } from './feed-store.ts'
import type { Told } from './live/hints.ts'
import type { Topics } from './live/topics.ts'

/** `at`: when what is told happened, ISO 8601; the time from then to the push is measured. */
export type Telling = FeedEntry & { at: string }

export interface FeedParts {
  topics: Topics
  /** Somebody here was pushed what happened, or was stored, at that time (ISO 8601). */
  onPushed: (at: string) => void
  /** What has been committed, for the other instances; undefined: there are none. */
  onTold: ((told: readonly Told[]) => void) | undefined
  now?: () => Date
}

export type Feed = ReturnType<typeof createFeed>

/** The feed: what is told in a topic is stored with the change it tells of, and pushed once that is durable. */
export function createFeed({ topics, onPushed, onTold, now = () => new Date() }: FeedParts) {
  /** Adds to the transaction; the pushes follow the commit, in order. */
  async function tell(tx: Tx, tellings: readonly Telling[]): Promise<void> {
    const positions = await appendToFeed(tx, tellings, now().toISOString())
    tx.afterCommit(() => {
      for (const [index, { topic, event, at }] of tellings.entries()) {
        if (topics.publish(topic, positions[index], event)) onPushed(at)
      }
      onTold?.(toldBy(tellings, positions))
    })
  }

  return { tell }
}

/** Each topic's positions, which follow each other: one transaction at a time adds to a topic. */
function toldBy(tellings: readonly Telling[], positions: readonly number[]): Told[] {
  const told = new Map<string, Told>()
  for (const [index, { topic }] of tellings.entries()) {
    const position = positions[index] ?? 0
    const known = told.get(topic)
    if (known) known.last = position
    else told.set(topic, { topic, first: position, last: position })
  }
  return [...told.values()]
}

/** Measures how long what happens takes to its push. */
export function createPushDelay({ registry }: Metrics, nowMs: () => number = Date.now): (at: string) => void {
  const pushDelay = new Histogram({
    name: 'live_event_to_push_seconds',
    help: 'Time from an event to its push, for events that somebody listened to; of those another instance handled, from their storing.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 60],
    registers: [registry],
  })
  return (at) => pushDelay.observe((nowMs() - Date.parse(at)) / 1000)
}

const DAY_MS = 86_400_000
const SWEEP_ROWS = 1000
const SWEEP_PAUSE_MS = 20

export interface SweeperParts {
  db: Database
  logger: Logger
  retentionDays: number
  /** Pause between sweeps. */
  sweepEveryMs: number
  now?: () => Date
}

/** Removes what is older than the retention, in small transactions with room for others between them. */
export function createFeedSweeper({ db, logger, retentionDays, sweepEveryMs, now = () => new Date() }: SweeperParts) {
  let leadership: Leadership | undefined

  /** One whole sweep, unless leadership is lost before its end. */
  async function sweep(lost?: AbortSignal): Promise<void> {
    const storedBefore = new Date(now().getTime() - retentionDays * DAY_MS).toISOString()
    while (!lost?.aborted) {
      const removed = await db.transaction((tx) => sweepFeed(tx, { storedBefore, limit: SWEEP_ROWS }))
      if (removed < SWEEP_ROWS) return
      await pause(SWEEP_PAUSE_MS)
    }
  }

  /** One instance does it. */
  async function keepSweeping(lost: AbortSignal): Promise<void> {
    while (!lost.aborted) {
      await pause(sweepEveryMs, undefined, { signal: lost }).catch(() => undefined)
      await sweep(lost).catch((error: unknown) => logger.warn({ err: error }, 'old feed rows cannot be removed'))
    }
  }

  return {
    sweep,
    start() {
      leadership = db.lead('feed-sweeper', keepSweeping)
    },
    stop: async () => leadership?.stop(),
  }
}
