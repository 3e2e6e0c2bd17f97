import { join } from 'node:path'
import { type Database, migrate, silentLogger } from '@order-flow/service-kit'
import { ENGINES } from '@order-flow/service-kit/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFeed, createFeedSweeper } from './feed.ts'
import { appendToFeed, type FeedEntry, feedAfter, feedBounds, notificationsBefore, sweepFeed } from './feed-store.ts'
import { createTopics } from './live/topics.ts'

const NOW = '2026-01-01T00:00:00.000Z'
const entry = (topic: string, over: Partial<FeedEntry> = {}): FeedEntry => ({ topic, kind: 'notification', event: '{}', ...over })

describe.each(ENGINES)('the feed on $name', (engine) => {
  let opened: Awaited<ReturnType<typeof engine.open>>
  let db: Database
  beforeEach(async () => {
    opened = await engine.open()
    db = opened.db
    await migrate(db, join(import.meta.dirname, '..', 'migrations'))
  })
  afterEach(() => opened.remove())

  const bounds = async (topic: string) => (await feedBounds(db, [topic])).get(topic)
  const append = (entries: FeedEntry[], storedAt = NOW) => db.transaction((tx) => appendToFeed(tx, entries, storedAt))

  test('each topic counts 1..n without gaps, over any batches', async () => {
    const heads = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('user:a', 'user:b', 'user:c', 'support'), { minLength: 1, maxLength: 20 }),
        async (names) => {
          const positions = await append(names.map((topic) => entry(topic)))
          for (const [index, topic] of names.entries()) {
            const expected = (heads.get(topic) ?? 0) + 1
            heads.set(topic, expected)
            expect(positions[index]).toBe(expected)
          }
        },
      ),
      { numRuns: 50 },
    )
    for (const [topic, head] of heads) {
      expect(await bounds(topic)).toEqual({ head, oldest: 1 })
      expect(await feedAfter(db, topic, { after: 0, limit: 10_000 })).toHaveLength(head)
    }
  })

  test('a transaction that fails gives its positions back', async () => {
    await append([entry('user:a')])
    const failing = db.transaction(async (tx) => {
      await appendToFeed(tx, [entry('user:a')], NOW)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await append([entry('user:a')])).toEqual([2])
  })

  test('old rows go in chunks, heads stay, and the next position goes on', async () => {
    await append([entry('user:a'), entry('user:a'), entry('user:b')], '2025-01-01T00:00:00.000Z')
    await append([entry('user:a')])
    const sweep = () => db.transaction((tx) => sweepFeed(tx, { storedBefore: '2025-06-01T00:00:00.000Z', limit: 2 }))
    expect([await sweep(), await sweep(), await sweep()]).toEqual([2, 1, 0])
    expect(await bounds('user:a')).toEqual({ head: 3, oldest: 3 })
    expect(await bounds('user:b')).toEqual({ head: 1, oldest: 2 })
    expect(await append([entry('user:b')])).toEqual([2])
  })

  test('the sweeper removes everything past the retention', async () => {
    const old = Array.from({ length: 2500 }, () => entry('user:a'))
    await append(old, '2025-01-01T00:00:00.000Z')
    await append([entry('user:a')], '2025-12-01T00:00:00.000Z')
    const now = () => new Date(NOW)
    const sweeper = createFeedSweeper({ db, logger: silentLogger, retentionDays: 90, sweepEveryMs: 60_000, now })
    await sweeper.sweep()
    expect(await bounds('user:a')).toEqual({ head: 2501, oldest: 2501 })
    await sweeper.stop()
  })

  test('notifications are read newest first, without the messages between them', async () => {
    await append([entry('user:a'), entry('user:a', { kind: 'message' }), entry('user:a')])
    const positions = async (before?: number) => (await notificationsBefore(db, 'user:a', { before, limit: 10 })).map((row) => row.position)
    expect(await positions()).toEqual([3, 1])
    expect(await positions(3)).toEqual([1])
  })

  test('what is told is pushed after the commit, and not at all without one', async () => {
    const topics = createTopics()
    const pushed: (number | undefined)[] = []
    topics.add('user:a', { push: (offset) => pushed.push(offset) })
    const feed = createFeed({ topics, onPushed: () => undefined, onTold: undefined })
    const telling = { ...entry('user:a'), at: NOW }
    await db.transaction(async (tx) => {
      await feed.tell(tx, [telling, telling])
      expect(pushed).toEqual([])
    })
    expect(pushed).toEqual([1, 2])
    const failing = db.transaction(async (tx) => {
      await feed.tell(tx, [telling])
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(pushed).toEqual([1, 2])
  })
})
