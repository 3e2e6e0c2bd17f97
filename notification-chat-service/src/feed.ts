import { type Database, Histogram, type Logger, type Metrics, type Tx } from '@order-flow/service-kit'
import { appendToFeed, type FeedEntry, sweepFeed } from './feed-store.ts'
import type { Topics } from './live/topics.ts'

/** `at`: when what is told happened, ISO 8601; the time from then to the push is measured. */
export type Telling = FeedEntry & { at: string }

export interface FeedParts {
  topics: Topics
  metrics: Metrics
  now?: () => Date
}

export type Feed = ReturnType<typeof createFeed>

/** The feed: what is told in a topic is stored with the change it tells of, and pushed once that is durable. */
export function createFeed({ topics, metrics, now = () => new Date() }: FeedParts) {
  const pushDelay = new Histogram({
    name: 'live_event_to_push_seconds',
    help: 'Time from an event to its push, for events that somebody listened to.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 60],
    registers: [metrics.registry],
  })

  /** Adds to the transaction; the pushes follow the commit, in order. */
  async function tell(tx: Tx, tellings: readonly Telling[]): Promise<void> {
    const positions = await appendToFeed(tx, tellings, now().toISOString())
    tx.afterCommit(() => {
      const pushedAtMs = now().getTime()
      for (const [index, { topic, event, at }] of tellings.entries()) {
        if (topics.publish(topic, positions[index], event)) pushDelay.observe((pushedAtMs - Date.parse(at)) / 1000)
      }
    })
  }

  return { tell }
}

const DAY_MS = 86_400_000
const SWEEP_ROWS = 1000

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
  let timer: NodeJS.Timeout | undefined
  let sweeping: Promise<void> | undefined
  let stopping = false

  /** One whole sweep. */
  async function sweep(): Promise<void> {
    const storedBefore = new Date(now().getTime() - retentionDays * DAY_MS).toISOString()
    while (!stopping) {
      const removed = await db.transaction((tx) => sweepFeed(tx, { storedBefore, limit: SWEEP_ROWS }))
      if (removed < SWEEP_ROWS) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  return {
    sweep,
    start() {
      timer = setInterval(() => {
        sweeping ??= sweep()
          .catch((error: unknown) => logger.warn({ err: error }, 'old feed rows cannot be removed'))
          .finally(() => {
            sweeping = undefined
          })
      }, sweepEveryMs)
    },
    async stop() {
      stopping = true
      clearInterval(timer)
      await sweeping
    },
  }
}
