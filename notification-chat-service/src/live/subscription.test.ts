import { join } from 'node:path'
import type { ServerFrame } from '@order-flow/contracts'
import { type Database, migrate, type Queryable } from '@order-flow/service-kit'
import { ENGINES } from '@order-flow/service-kit/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appendToFeed, sweepFeed } from '../feed-store.ts'
import { createFeedReader } from './feed-reader.ts'
import { TopicSubscription } from './subscription.ts'
import { createTopics } from './topics.ts'

const LONG_AGO = '2020-01-01T00:00:00.000Z'
const NOW = '2026-01-01T00:00:00.000Z'

describe.each(ENGINES)('a subscription on $name', (engine) => {
  let opened: Awaited<ReturnType<typeof engine.open>>
  let db: Database
  const topics = createTopics()
  let runs = 0
  beforeAll(async () => {
    opened = await engine.open()
    db = opened.db
    await migrate(db, join(import.meta.dirname, '..', '..', 'migrations'))
  })
  afterAll(() => opened.remove())

  /** A topic of its own, a sink that keeps what it is sent, and a subscription between them. */
  function setUp(reading: Queryable = db, pageRows = 3) {
    runs += 1
    const topic = `user:${runs}`
    const frames: ServerFrame[] = []
    const failures: unknown[] = []
    const sink = { isOpen: true, isFull: false, roomAgain: async () => {}, send: (frame: string) => frames.push(JSON.parse(frame)) }
    const subscription = new TopicSubscription('user:me', topic, {
      sink,
      reader: createFeedReader(reading),
      topics,
      pageRows,
      stallMs: 1000,
      onFailure: (error) => failures.push(error),
    })
    const tell = (count: number, storedAt = NOW) =>
      db.transaction(async (tx) => {
        const entries = Array.from({ length: count }, () => ({ topic, kind: 'notification' as const, event: '{}' }))
        const positions = await appendToFeed(tx, entries, storedAt)
        tx.afterCommit(() => {
          for (const position of positions) topics.publish(topic, position, '{}')
        })
      })
    const offsets = () => frames.flatMap((frame) => (frame.type === 'event' ? [frame.offset] : []))
    return { topic, frames, failures, subscription, sink, tell, offsets }
  }

  const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

  test('sends what was missed, then what comes, however commits and reads interleave', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 0, max: 8 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 }),
        async (s, before, counts) => {
          const slow: Queryable = {
            async all<Row>(sql: string, params?: readonly (string | number | bigint | null)[]) {
              await s.schedule(Promise.resolve(), 'asked')
              const rows = await db.all<Row>(sql, params)
              return s.schedule(Promise.resolve(rows), 'answered')
            },
          }
          const { subscription, tell, offsets } = setUp(slow)
          if (before > 0) await tell(before)
          const after = Math.min(2, before)
          let live = false
          const started = subscription.start(after).then(() => {
            live = true
          })
          const told = (async () => {
            for (const count of counts) {
              await s.schedule(Promise.resolve(), 'commit')
              await tell(count)
            }
          })()
          const total = before + counts.reduce((sum, count) => sum + count, 0)
          while (!live || offsets().length < total - after) {
            await s.waitIdle()
            await new Promise((resolve) => setImmediate(resolve))
          }
          await Promise.all([started, told])
          expect(offsets()).toEqual(run(after + 1, total))
          subscription.stop()
        },
      ),
      { numRuns: 60 },
    )
  })

  test('says that there is a gap when the missed events are past the retention', async () => {
    const { subscription, tell, frames, offsets } = setUp()
    await tell(4, LONG_AGO)
    await tell(2)
    await db.transaction((tx) => sweepFeed(tx, { storedBefore: NOW, limit: 100 }))
    await subscription.start(2)
    expect(frames).toEqual([
      { type: 'subscribed', topic: 'user:me', offset: 6 },
      { type: 'gap', topic: 'user:me', offset: 6 },
    ])
    await tell(1)
    expect(offsets()).toEqual([7])
    subscription.stop()
  })

  test('says that there is a gap when events are swept away while it reads', async () => {
    const { subscription, sink, tell, frames, offsets } = setUp()
    await tell(5, LONG_AGO)
    await tell(1)
    sink.isFull = true
    sink.roomAgain = async () => {
      sink.isFull = false
      await db.transaction((tx) => sweepFeed(tx, { storedBefore: NOW, limit: 100 }))
    }
    await subscription.start(0)
    expect(frames.at(-1)).toEqual({ type: 'gap', topic: 'user:me', offset: 6 })
    expect(offsets()).toEqual([1, 2, 3])
    await tell(1)
    expect(offsets()).toEqual([1, 2, 3, 7])
    subscription.stop()
  })

  test('reads what it missed when a push never came', async () => {
    const { topic, subscription, tell, offsets } = setUp()
    await subscription.start(0)
    await db.transaction((tx) => appendToFeed(tx, [{ topic, kind: 'notification', event: '{}' }], NOW))
    await tell(1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(offsets()).toEqual([1, 2])
    subscription.stop()
  })

  test('a stopped subscription sends nothing more, even in the middle of a read', async () => {
    const { subscription, sink, tell, offsets } = setUp()
    await tell(10)
    sink.isFull = true
    sink.roomAgain = async () => subscription.stop()
    await subscription.start(0)
    await tell(1)
    expect(offsets()).toEqual([1])
  })

  test('a failed read is reported, not thrown', async () => {
    const broken: Queryable = { all: () => Promise.reject(new Error('gone')) }
    const { subscription, failures } = setUp(broken)
    await subscription.start(0)
    expect(failures).toEqual([new Error('gone')])
    subscription.stop()
  })
})
