import { createBatcher, type Queryable } from '@order-flow/service-kit'
import { type FeedBounds, type FeedRow, feedAfter, feedBounds } from '../feed-store.ts'

/** How subscriptions read the feed. */
export interface FeedReader {
  /** Where the topic begins and ends. */
  bounds(topic: string): Promise<FeedBounds>
  /** Events above `after`, oldest first. */
  after(topic: string, page: { after: number; limit: number }): Promise<FeedRow[]>
}

const TOPICS_PER_QUERY = 500
const MAX_PAGES_AT_ONCE = 16

/**
 * Reads for all subscriptions of an instance, also when thousands of clients come back at once: bounds are asked for
 * together, and so many pages at a time. What waits is bounded by the sockets there are.
 */
export function createFeedReader(db: Queryable): FeedReader {
  const bounds = createBatcher<string, FeedBounds>({
    maxBatch: TOPICS_PER_QUERY,
    maxWaiting: Number.POSITIVE_INFINITY,
    async run(topics) {
      const found = await feedBounds(db, [...new Set(topics)])
      return topics.map((topic) => found.get(topic) ?? { head: 0, oldest: 1 })
    },
  })
  const waiting: (() => void)[] = []
  let reading = 0

  async function after(topic: string, page: { after: number; limit: number }): Promise<FeedRow[]> {
    if (reading >= MAX_PAGES_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
    else reading += 1
    try {
      return await feedAfter(db, topic, page)
    } finally {
      // Whoever waits takes the place over.
      const next = waiting.shift()
      if (next) next()
      else reading -= 1
    }
  }

  return { bounds: bounds.submit, after }
}
