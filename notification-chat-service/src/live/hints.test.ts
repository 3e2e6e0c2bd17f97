import { join } from 'node:path'
import type { ServerFrame } from '@order-flow/contracts'
import { type Database, migrate, type SqlValue, silentLogger } from '@order-flow/service-kit'
import { ENGINES, type TestDatabase } from '@order-flow/service-kit/testing'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createFeed } from '../feed.ts'
import { createFeedReader } from './feed-reader.ts'
import { createHints } from './hints.ts'
import { TopicSubscription } from './subscription.ts'
import { createTopics } from './topics.ts'

const AT = '2026-01-01T00:00:00.000Z'
const LONG_MS = 3_600_000

// On SQLite both instances share one Database of this process, which signals to itself as PostgreSQL does to all.
describe.each(ENGINES)('two instances with one feed on $name', (engine) => {
  let opened: TestDatabase
  let databases: Database[]
  let runs = 0
  const stops: (() => unknown)[] = []
  beforeAll(async () => {
    opened = await engine.open()
    await migrate(opened.db, join(import.meta.dirname, '..', '..', 'migrations'))
    databases = [opened.db, engine.shared ? await opened.connect() : opened.db]
  })
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop()
  })
  afterAll(() => opened.remove())

  interface Wire {
    /** Asked for each signal: whether it gets lost. */
    isLost: () => boolean
    catchUpMs: number
  }

  /** An instance: it tells, and it keeps what its subscriptions send. */
  function instance(index: number, { isLost, catchUpMs }: Wire) {
    const real = databases[index] ?? opened.db
    const signals: string[] = []
    const queries: string[] = []
    const db: Database = {
      ...real,
      all<Row>(sql: string, params?: readonly SqlValue[]) {
        queries.push(sql)
        return real.all<Row>(sql, params)
      },
      signal(channel, text) {
        signals.push(text)
        if (!isLost()) real.signal(channel, text)
      },
    }
    const topics = createTopics()
    const reader = createFeedReader(db)
    const hints = createHints({ db, topics, logger: silentLogger, catchUpMs, onPushed: () => undefined })
    const feed = createFeed({ topics, onPushed: () => undefined, onTold: hints.send })
    hints.start()
    stops.push(hints.stop)

    const tell = (names: readonly string[]) =>
      db.transaction((tx) =>
        feed.tell(
          tx,
          names.map((topic) => ({ topic, kind: 'notification', event: JSON.stringify({ topic }), at: AT })),
        ),
      )

    async function follow(topic: string, after?: number) {
      const frames: ServerFrame[] = []
      const sink = { isOpen: true, isFull: false, roomAgain: async () => {}, send: (frame: string) => frames.push(JSON.parse(frame)) }
      const onFailure = (error: unknown) => {
        throw error
      }
      const subscription = new TopicSubscription('user:me', topic, { sink, reader, topics, pageRows: 5, stallMs: 1000, onFailure })
      await subscription.start(after)
      stops.push(() => subscription.stop())
      return { offsets: () => frames.flatMap((frame) => (frame.type === 'event' ? [frame.offset] : [])) }
    }
    return { tell, follow, topics, signals, queries }
  }

  const two = (wire: Wire) => ({ one: instance(0, wire), other: instance(1, wire) })
  const until = (condition: () => boolean, timeout = 5000) => expect.poll(condition, { timeout, interval: 2 }).toBe(true)
  const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_offset, index) => from + index)
  const fresh = (name: string) => `user:${name}-${++runs}`

  test('whoever tells, each follower gets each event once and in order, also when hints get lost', async () => {
    const step = fc.record({ by: fc.nat(1), names: fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }), together: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), fc.infiniteStream(fc.boolean()), async (steps, losses) => {
        const { one, other } = two({ isLost: () => losses.next().value ?? false, catchUpMs: 20 })
        const instances = [one, other]
        const names = [0, 1, 2].map((index) => fresh(String(index)))
        const nameOf = (index: number) => names[index] ?? ''
        const early = await Promise.all(names.flatMap((name) => instances.map((each) => each.follow(name, 0))))
        let under: Promise<void>[] = []
        for (const { by, names: told, together } of steps) {
          if (!together) await Promise.all(under.splice(0))
          under.push((instances[by] ?? one).tell(told.map(nameOf)))
        }
        await Promise.all(under)
        const counts = names.map((_name, index) => steps.flatMap(({ names: told }) => told).filter((told) => told === index).length)
        const late = await Promise.all(names.map((name) => other.follow(name, 0)))
        const all = [
          ...early.map((follower, index) => ({ follower, index: Math.floor(index / 2) })),
          ...late.map((follower, index) => ({ follower, index })),
        ]
        await until(() => all.every(({ follower, index }) => follower.offsets().length >= (counts[index] ?? 0)))
        for (const { follower, index } of all) expect(follower.offsets()).toEqual(run(1, counts[index] ?? 0))
        under = []
        for (const stop of stops.splice(0)) await stop()
      }),
      { numRuns: 40 },
    )
  })

  test('a hint brings it at once, without the comparison', async () => {
    const { one, other } = two({ isLost: () => false, catchUpMs: LONG_MS })
    const topic = fresh('a')
    const follower = await other.follow(topic, 0)
    for (let round = 0; round < 5; round += 1) await one.tell([topic, topic])
    await until(() => follower.offsets().length === 10)
    expect(follower.offsets()).toEqual(run(1, 10))
  })

  test('a follower that has seen nothing yet is brought up to date when every hint is lost', async () => {
    const { one, other } = two({ isLost: () => true, catchUpMs: 20 })
    const topic = fresh('a')
    await one.tell([topic, topic])
    const follower = await other.follow(topic)
    await one.tell([topic, topic, topic])
    await until(() => follower.offsets().length === 3)
    expect(follower.offsets()).toEqual([3, 4, 5])
  })

  test('more than one reading takes arrives whole', async () => {
    const { one, other } = two({ isLost: () => false, catchUpMs: LONG_MS })
    const topic = fresh('a')
    const follower = await other.follow(topic, 0)
    await one.tell(Array.from({ length: 300 }, () => topic))
    await until(() => follower.offsets().length === 300)
    expect(follower.offsets()).toEqual(run(1, 300))
  })

  test('what is followed here and told here costs no query, and neither does what nobody here follows', async () => {
    const { one, other } = two({ isLost: () => false, catchUpMs: LONG_MS })
    const topic = fresh('a')
    const follower = await one.follow(topic, 0)
    const before = [one.queries.length, other.queries.length]
    for (let round = 0; round < 10; round += 1) await one.tell([topic, fresh('b')])
    await until(() => follower.offsets().length === 10)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect([one.queries.length, other.queries.length]).toEqual(before)
  })

  test('one transaction is one signal, in parts when it is large, and many topics are read together', async () => {
    const { one, other } = two({ isLost: () => false, catchUpMs: LONG_MS })
    const topics = Array.from({ length: 400 }, (_topic, index) => fresh(`${index}-`.padEnd(36, 'x')))
    const followers = await Promise.all(topics.map((topic) => other.follow(topic, 0)))
    const before = other.queries.length
    await one.tell(topics.slice(0, 20).flatMap((topic) => [topic, topic]))
    expect(one.signals).toHaveLength(1)
    await one.tell(topics)
    for (const signal of one.signals) expect(Buffer.byteLength(signal)).toBeLessThan(7900)
    await until(() => followers.every((follower, index) => follower.offsets().length === (index < 20 ? 3 : 1)))
    expect(other.queries.length - before).toBeLessThan(20)
  })

  test('whoever follows all orders is shown the notifications of every instance, each once', async () => {
    const { one, other } = two({ isLost: () => false, catchUpMs: 20 })
    const shown: string[] = []
    other.topics.add('orders', { push: (_offset, frame) => shown.push(JSON.parse(frame).event.topic) })
    const topics = Array.from({ length: 30 }, (_topic, index) => fresh(String(index)))
    const follower = await other.follow(topics[0] ?? '', 0)
    await Promise.all(topics.map((topic) => one.tell([topic, topics[0] ?? ''])))
    await until(() => shown.length >= 60 && follower.offsets().length >= 31)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(shown.toSorted()).toEqual(topics.flatMap((topic) => [topic, topics[0] ?? '']).toSorted())
    expect(follower.offsets()).toEqual(run(1, 31))
  })

  test('a signal that another version sends is left alone', async () => {
    const { one, other } = two({ isLost: () => false, catchUpMs: LONG_MS })
    const topic = fresh('a')
    const follower = await other.follow(topic, 0)
    for (const text of ['["x",{"topic":"user:a"}]', '["x",["user:a","1",2]]', '[]', '{}', 'nonsense']) databases[0]?.signal('feed', text)
    await one.tell([topic])
    await until(() => follower.offsets().length === 1)
  })
})
