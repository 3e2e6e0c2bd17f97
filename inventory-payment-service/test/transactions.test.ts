import { join } from 'node:path'
import { createInbox, MESSAGING_MIGRATIONS, type Outbox } from '@order-flow/messaging'
import { type Database, migrate, migrateScripts, silentLogger, type Tx } from '@order-flow/service-kit'
import { ENGINES, type Engine, type TestDatabase } from '@order-flow/service-kit/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Checkout } from '../src/checkout/checkout.ts'
import { insertCheckouts } from '../src/checkout/checkout-store.ts'
import { createSettlement } from '../src/payment/settlement.ts'
import { createSimulatedProvider } from '../src/payment/simulated-provider.ts'
import { createSubscriptions } from '../src/subscriptions.ts'
import { cancelRequested, placed, returned } from './parts.ts'

const SKUS = ['A', 'B', 'C', 'D']
const ORDERS = 12
const AT = '2026-01-01T00:00:00.000Z'
/** Both have their own tests. */
const NO_OUTBOX: Outbox = { add: async () => undefined, ageMs: () => 0, start: () => undefined, stop: async () => undefined }
const WORKER = { add: () => undefined, dueAt: () => AT }
const SHARED = ENGINES.filter((engine) => engine.shared)

const skuSets = fc.uniqueArray(fc.constantFrom(...SKUS), { minLength: 1, maxLength: 2 })
const scenarios = fc.record({
  units: fc.array(skuSets, { minLength: ORDERS, maxLength: ORDERS }),
  batches: fc.array(
    fc.array(fc.tuple(fc.constantFrom('placed', 'cancelled', 'returned', 'answered'), fc.nat(ORDERS - 1), skuSets), {
      minLength: 2,
      maxLength: 6,
    }),
    { minLength: 2, maxLength: 4 },
  ),
  pausesMs: fc.array(fc.nat(4), { minLength: 7, maxLength: 7 }),
})

async function openShop(engine: Engine): Promise<TestDatabase> {
  const opened = await engine.open()
  await migrate(opened.db, join(import.meta.dirname, '..', 'migrations'))
  await migrateScripts(opened.db, MESSAGING_MIGRATIONS)
  await opened.db.transaction(async (tx) => {
    for (const sku of SKUS) {
      await tx.run(`insert into products values ($1, $1, 'Test', '', 1, 'EUR', 1, 1, '')`, [sku])
      await tx.run('insert into stock_levels values ($1, 1000000, 0)', [sku])
    }
  })
  return opened
}

describe.each(ENGINES)('a batch on $name', (engine) => {
  test('of 200 orders costs as many statements as one order: 6 to take it, 1 of the provider, 2 to settle it; events apart', async () => {
    const opened = await openShop(engine)
    const { db, counts } = watched(opened.db, () => undefined)
    const inbox = createInbox({ db, handlers: createSubscriptions(NO_OUTBOX, WORKER), logger: silentLogger })
    const provider = createSimulatedProvider({ db, slowMs: 0 })
    const settlement = createSettlement({ db, outbox: NO_OUTBOX, dueAt: WORKER.dueAt, onWork: WORKER.add })
    const signal = new AbortController().signal
    for (const size of [1, 200]) {
      const ids = Array.from({ length: size }, (_order, index) => `${size}-${index}`)
      const steps = [
        () => inbox.handle(ids.map((id, index) => placed(id, { [SKUS[index % 4] ?? 'A']: 1, [SKUS[(index + 1) % 4] ?? 'B']: 2 }))),
        () => Promise.all(ids.map((key) => provider.capture({ key, token: 'tok_visa', amount: 300, currency: 'EUR' }, signal))),
        () => Promise.all(ids.map((id) => settlement.settlePayment(id, { status: 'captured' }))),
      ]
      const costs: number[] = []
      for (const step of steps) {
        const before = counts.statements
        await step()
        costs.push(counts.statements - before)
      }
      expect(costs).toEqual([6, 1, 2])
    }
    await opened.remove()
  })
})

describe.each(SHARED)('transactions side by side on $name', (engine) => {
  let opened: TestDatabase
  beforeEach(async () => {
    opened = await openShop(engine)
  })
  afterEach(() => opened.remove())

  test('never wait for each other in a circle, however their statements fall: none has to be run again', async () => {
    let scenario = 0
    await fc.assert(
      fc.asyncProperty(scenarios, async ({ units, batches, pausesMs }) => {
        scenario += 1
        const idOf = (index: number) => `${scenario}-${index}`
        await prepare(units.map((skus, index) => checkoutOf(idOf(index), skus, index % 2 === 0)))
        const pause = (count: number) => new Promise<void>((resolve) => setTimeout(resolve, pausesMs[count % pausesMs.length]))
        const { db, counts } = watched(opened.db, pause)
        const subscriptions = createSubscriptions(NO_OUTBOX, WORKER)
        const settlement = createSettlement({ db, outbox: NO_OUTBOX, dueAt: WORKER.dueAt, onWork: WORKER.add })
        // One batch only has events of an order, as they share a partition key; the provider's answer may come meanwhile.
        const met = new Set<number>()
        await Promise.all(
          batches.flatMap((batch, batchIndex) => {
            const mine = batch.filter(([kind, index]) => kind === 'answered' || (!met.has(index) && met.add(index)))
            const events = mine.flatMap(([kind, index, skus], position) => {
              if (kind === 'placed')
                return [placed(`${scenario}-${batchIndex}-${position}`, Object.fromEntries(skus.map((sku) => [sku, 1])))]
              if (kind === 'cancelled') return [cancelRequested(idOf(index))]
              if (kind === 'returned' && index % 2 === 0)
                return [returned(idOf(index), `r${idOf(index)}`, { sku: units[index]?.[0] ?? 'A', quantity: 1 })]
              return []
            })
            const answers = mine.filter(([kind, index]) => kind === 'answered' && index % 2 === 1)
            return [
              db.transaction((tx) => subscriptions.handle(tx, events)),
              ...answers.map(([, index]) => settlement.settlePayment(idOf(index), { status: 'declined', code: 'declined' })),
            ]
          }),
        )
        expect(counts.runs).toBe(counts.transactions)
      }),
      { numRuns: 40, endOnFailure: true },
    )
    const promised = await opened.db.all('select sku from stock_levels where reserved < 0 or reserved > on_hand')
    expect(promised).toEqual([])
  })

  async function prepare(checkouts: readonly Checkout[]): Promise<void> {
    await opened.db.transaction(async (tx) => {
      const records = checkouts.map((checkout) => ({ checkout, token: 'tok_visa', attempts: 0, dueAt: AT, cause: {} }))
      await insertCheckouts(tx, records, AT)
      await tx.run('update stock_levels set reserved = reserved + 1000')
    })
  }
})

function checkoutOf(orderId: string, skus: readonly string[], isPaid: boolean): Checkout {
  const units = Object.fromEntries(skus.map((sku) => [sku, 1]))
  return { orderId, status: isPaid ? 'paid' : 'reserved', paymentId: `p${orderId}`, amount: 100, currency: 'EUR', refunded: 0, units }
}

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
    insert: (table, rows) => (rows.length > 0 ? after(tx.insert(table, rows)) : Promise.resolve()),
    insertNew: (table, key, rows) => (rows.length > 0 ? after(tx.insertNew(table, key, rows)) : Promise.resolve(new Set())),
    update: (table, key, rows) => (rows.length > 0 ? after(tx.update(table, key, rows)) : Promise.resolve()),
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
