import { join } from 'node:path'
import { createInbox, MESSAGING_MIGRATIONS } from '@order-flow/messaging'
import { checkConfig, type Database, migrate, migrateScripts, silentLogger, type Tx } from '@order-flow/service-kit'
import { ENGINES, type Engine, type TestDatabase } from '@order-flow/service-kit/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Config } from '../src/app.ts'
import { createChat } from '../src/chat/chat.ts'
import { createFeed } from '../src/feed.ts'
import { feedAfter, feedBounds, userTopic } from '../src/feed-store.ts'
import { createTopics } from '../src/live/topics.ts'
import { createSubscriptions } from '../src/subscriptions.ts'
import { aQuestion, attentionRaised, orderPlaced } from './running-service.ts'

const CUSTOMERS = ['a', 'b', 'c', 'd']
const SHARED = ENGINES.filter((engine) => engine.shared)

async function openTables(engine: Engine): Promise<TestDatabase> {
  const opened = await engine.open()
  await migrate(opened.db, join(import.meta.dirname, '..', 'migrations'))
  await migrateScripts(opened.db, MESSAGING_MIGRATIONS)
  return opened
}

/** What writes in the service, on a database that is watched. */
function partsOn(real: Database, afterStatement: (count: number) => Promise<void> | undefined) {
  const { db, counts } = watched(real, afterStatement)
  const topics = createTopics()
  const feed = createFeed({ topics, onPushed: () => undefined, onTold: undefined })
  const inbox = createInbox({ db, handlers: createSubscriptions({ feed, topics }), logger: silentLogger })
  const chatLimits = { messagesPer10Seconds: 1_000_000, conversationsPerHour: 1_000_000 }
  const { chat: config } = checkConfig(Config, { chat: chatLimits }, () => 'the test')
  return { inbox, chat: createChat({ db, feed, config }), counts }
}

describe.each(ENGINES)('a batch on $name', (engine) => {
  let opened: TestDatabase
  beforeEach(async () => {
    opened = await openTables(engine)
  })
  afterEach(() => opened.remove())

  test('of 300 events of several kinds costs the 5 statements of two, and is told in its order', async () => {
    const { inbox, counts } = partsOn(opened.db, () => undefined)
    for (const size of [1, 150]) {
      counts.statements = 0
      const orders = Array.from({ length: size }, (_order, index) => ({ customerId: `${size}-${index % 20}`, orderId: `${size}-${index}` }))
      // Both events of an order in one batch.
      await inbox.handle(orders.flatMap((facts) => [orderPlaced(facts), attentionRaised(facts, facts.orderId)]))
      expect(counts.statements).toBe(5)
    }
    const rows = await feedAfter(opened.db, userTopic('150-0'), { after: 0, limit: 100 })
    const told = rows.map(({ event }) => JSON.parse(event).notification).map(({ orderId, detail }) => [orderId, detail])
    const orders = Array.from({ length: 8 }, (_order, index) => `150-${index * 20}`)
    expect(told).toEqual(
      orders.flatMap((orderId) => [
        [orderId, null],
        [orderId, orderId],
      ]),
    )
  })
})

const customers = fc.constantFrom(...CUSTOMERS)
const scenarios = fc.record({
  batches: fc.array(fc.array(customers, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 4 }),
  openings: fc.array(customers, { maxLength: 3 }),
  pausesMs: fc.array(fc.nat(4), { minLength: 7, maxLength: 7 }),
})

describe.each(SHARED)('transactions side by side on $name', (engine) => {
  let opened: TestDatabase
  beforeEach(async () => {
    opened = await openTables(engine)
  })
  afterEach(() => opened.remove())

  test('never wait for each other in a circle, however their statements fall, and leave no hole in a topic', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async ({ batches, openings, pausesMs }) => {
        const pause = (count: number) => new Promise<void>((resolve) => setTimeout(resolve, pausesMs[count % pausesMs.length]))
        const { inbox, chat, counts } = partsOn(opened.db, pause)
        await Promise.all([
          ...batches.map((batch) => inbox.handle(batch.map((customerId) => orderPlaced({ customerId })))),
          ...openings.map(async (userId) => {
            const { conversation } = await chat.open({ userId, isAgent: false }, aQuestion())
            await Promise.all(['x', 'y'].map((agent) => chat.post({ userId: agent, isAgent: true }, conversation.id, aQuestion())))
          }),
        ])
        expect(counts.runs).toBe(counts.transactions)
      }),
      { numRuns: 30, endOnFailure: true },
    )
    for (const topic of [...CUSTOMERS.map(userTopic), 'support']) {
      const { head } = (await feedBounds(opened.db, [topic])).get(topic) ?? { head: 0 }
      const rows = await feedAfter(opened.db, topic, { after: 0, limit: 10_000 })
      expect(rows.map(({ position }) => position)).toEqual(Array.from({ length: head }, (_row, index) => index + 1))
    }
  })
})

/** The database, with what is to happen after each statement, and how many transactions, runs of their work and statements there were. */
function watched(db: Database, afterStatement: (count: number) => Promise<void> | undefined) {
  const counts = { transactions: 0, runs: 0, statements: 0 }
  const after = async <T>(answer: Promise<T>): Promise<T> => {
    const result = await answer
    counts.statements += 1
    await afterStatement(counts.statements)
    return result
  }
  const watching = (tx: Tx): Tx => ({
    ...tx,
    all: (sql, params) => after(tx.all(sql, params)),
    run: (sql, params) => after(tx.run(sql, params)),
    insert: (table, rows) => after(tx.insert(table, rows)),
    insertNew: (table, key, rows) => after(tx.insertNew(table, key, rows)),
    update: (table, key, rows) => after(tx.update(table, key, rows)),
    lock: (name) => after(tx.lock(name)),
  })
  const own: Database = {
    ...db,
    transaction(work) {
      counts.transactions += 1
      return db.transaction((tx) => {
        counts.runs += 1
        return work(watching(tx))
      })
    },
  }
  return { db: own, counts }
}
