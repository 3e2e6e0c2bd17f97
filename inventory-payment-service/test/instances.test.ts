import type { CloudEvent } from '@order-flow/contracts'
import { createLogger } from '@order-flow/service-kit'
import { ENGINES, type TestDatabase } from '@order-flow/service-kit/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cancelRequested, placed, returned, type StockSettings, startStock, type TestStock } from './parts.ts'

const SKUS = ['A', 'B', 'C', 'D']
const seed = SKUS.map((sku) => ({ sku, name: sku, category: 'Test', unitPrice: 100, currency: 'EUR', onHand: 100 }))
const SHARED = ENGINES.filter((engine) => engine.shared)

// Each instance has a message queue of its own here: a test tells either, and only the elected relay's gets the facts.
describe.each(SHARED)('two instances of inventory-payment-service on one $name database', (engine) => {
  let database: TestDatabase
  let one: TestStock
  let other: TestStock
  let reruns: string[]

  beforeEach(async () => {
    database = await engine.open()
    await start()
  })
  afterEach(async () => {
    await Promise.all([one.stop(), other.stop()])
    await database.remove()
  })

  async function start(payments: StockSettings['payments'] = {}): Promise<void> {
    reruns = []
    const logger = createLogger('debug', { write: (line: string) => void (line.includes('run again') && reruns.push(line)) })
    const settings = { seed, payments, logger }
    ;[one, other] = await Promise.all([startStock(database, settings), startStock(database, settings)])
  }

  const until = (condition: () => boolean) => expect.poll(condition, { timeout: 10_000, interval: 5 }).toBe(true)
  const facts = () => [...one.facts, ...other.facts]
  const factsOf = (orderId: string) => facts().filter(({ subject }) => subject === orderId)
  const typesOf = (orderId: string) => factsOf(orderId).map(({ type }) => type.split('.').slice(2, 4).join('.'))
  const level = async (sku: string) => (await one.call('GET', `/api/products/${sku}/stock`)).body
  const rows = <Row>(sql: string) => database.db.all<Row>(sql)
  const ledger = () =>
    rows<{ kind: string; payment_key: string; amount: number }>(
      "select kind, payment_key, amount from provider_ledger where status <> 'declined' order by key",
    )

  test('an empty shop that both start at once is filled once', async () => {
    expect(await level('A')).toEqual({ sku: 'A', onHand: 100, reserved: 0, available: 100 })
    expect(await rows('select distinct version from products')).toEqual([{ version: 1 }])
  })

  test('of 500 buyers for 100 units exactly 100 get one and pay, and 400 are told that there is none left', async () => {
    const orders = Array.from({ length: 500 }, (_order, index) => placed(`o${index}`, { A: 1 }))
    await Promise.all(orders.map((event, index) => (index % 2 ? one : other).tell(event)))
    await until(() => facts().length === 500)
    expect(facts().filter(({ type }) => type === 'io.orderflow.payment.captured.v1')).toHaveLength(100)
    expect(facts().filter(({ type }) => type === 'io.orderflow.stock.rejected.v1')).toHaveLength(400)
    expect(await level('A')).toMatchObject({ onHand: 100, reserved: 100, available: 0 })
    expect(await ledger()).toHaveLength(100)
  })

  test('an event that both are told takes its stock and money once', async () => {
    const orders = Array.from({ length: 50 }, (_order, index) => placed(`o${index}`, { A: 1 }))
    await Promise.all([one.tell(...orders), other.tell(...orders.toReversed())])
    await until(() => facts().length === 50)
    expect(await level('A')).toMatchObject({ reserved: 50 })
    expect(await ledger()).toHaveLength(50)
  })

  test('a product that both change at once gets versions 1..n, told in their order', async () => {
    const body = { name: 'New', category: 'Test', unitPrice: 1, currency: 'EUR' }
    const puts = Array.from({ length: 40 }, (_put, index) => {
      const instance = index % 2 ? one : other
      return instance.call('PUT', '/api/products/NEW', { body: { ...body, unitPrice: index } })
    })
    const answers = await Promise.all(puts)
    const versions = answers.map((answer) => answer.body.version)
    expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_version, index) => index + 1))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    const told = () => [...one.changes, ...other.changes].filter(({ subject }) => subject === 'NEW').map(({ data }) => data.version)
    await until(() => told().length === 40)
    expect(told()).toEqual(Array.from({ length: 40 }, (_version, index) => index + 1))
    const last = answers.find((answer) => answer.body.version === 40)
    expect((await other.call('GET', '/api/products/NEW')).body).toMatchObject({ version: 40, unitPrice: last?.body.unitPrice })
  })

  test('stock that both move at once is the sum, and a movement sent to both counts once', async () => {
    const move = (instance: TestStock, key: string, quantity: number) =>
      instance.call('POST', '/api/products/A/stock', { key, body: { kind: 'correction', quantity, reason: 'count' } })
    const moves = Array.from({ length: 30 }, (_move, index) => [move(one, `k${index}`, -2), move(other, `k${index}`, -2)]).flat()
    expect((await Promise.all(moves)).map(({ status }) => status)).toEqual(moves.map(() => 200))
    expect(await level('A')).toMatchObject({ onHand: 40 })
    const takings = await Promise.all(Array.from({ length: 30 }, (_move, index) => move(index % 2 ? one : other, `t${index}`, -2)))
    expect(takings.filter(({ status }) => status === 200)).toHaveLength(20)
    expect(await level('A')).toMatchObject({ onHand: 0 })
    const reused = await Promise.all([move(one, 'same', 1), move(other, 'same', 2)])
    expect(reused.map(({ status }) => status).toSorted()).toEqual([200, 422])
  })

  test('a cancellation that one is told while the other has the payment made waits for it, then all goes back', async () => {
    await Promise.all([one.stop(), other.stop()])
    await start({ simulator: { slowMs: 1500 } })
    await one.tell(placed('o1', { A: 3 }, 'tok_slow'))
    await other.tell(cancelRequested('o1'))
    await until(() => factsOf('o1').length === 1)
    expect(factsOf('o1')).toMatchObject([{ type: 'io.orderflow.checkout.reversed.v1', data: { orderId: 'o1', refunded: 300 } }])
    expect(await ledger()).toEqual([
      { kind: 'refund', payment_key: 'o1', amount: 300 },
      { kind: 'charge', payment_key: 'o1', amount: 300 },
    ])
    expect(await level('A')).toMatchObject({ reserved: 0 })
  })

  test('whichever comes first, the payment or the cancellation: one end, and no money or stock is left behind', async () => {
    const tokens = ['tok_visa', 'tok_slow', 'tok_timeout', 'tok_declined', 'tok_timeout_declined']
    let runs = 0
    const order = fc.record({
      token: fc.constantFrom(...tokens),
      skus: fc.uniqueArray(fc.constantFrom(...SKUS), { minLength: 1, maxLength: 3 }),
      cancelAfterMs: fc.integer({ min: 0, max: 40 }),
      first: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(order, { minLength: 20, maxLength: 40 }), async (orders) => {
        runs += 1
        const ids = orders.map((_order, index) => `r${runs}-${index}`)
        await Promise.all(
          orders.map(async ({ token, skus, cancelAfterMs, first }, index) => {
            const orderId = ids[index] ?? ''
            const units = Object.fromEntries(skus.map((sku) => [sku, 1]))
            await (first ? one : other).tell(placed(orderId, units, token))
            await new Promise((resolve) => setTimeout(resolve, cancelAfterMs))
            await (first ? other : one).tell(cancelRequested(orderId))
          }),
        )
        await until(() => ids.every((id) => typesOf(id).at(-1) === 'checkout.reversed'))
        for (const id of ids) {
          // The cancellation is the end, once; what was told before it is the payment's outcome, at most once.
          expect(typesOf(id).filter((type) => type === 'checkout.reversed')).toHaveLength(1)
          expect(typesOf(id).length).toBeLessThanOrEqual(2)
        }
      }),
      { numRuns: 12 },
    )
    for (const sku of SKUS) expect(await level(sku)).toMatchObject({ onHand: 100, reserved: 0 })
    const books = Map.groupBy(await ledger(), ({ payment_key }) => payment_key)
    for (const entries of books.values()) {
      const sum = entries.reduce((total, { kind, amount }) => total + (kind === 'charge' ? amount : -amount), 0)
      expect(sum).toBe(0)
    }
    expect(await rows("select order_id from checkouts where due_at is not null or status not in ('reversed', 'declined')")).toEqual([])
    expect(reruns).toEqual([])
  })

  test('new orders, cancellations and returns side by side never wait for each other in a circle', async () => {
    const units = (index: number) => ({ [SKUS[index % 4] ?? 'A']: 1, [SKUS[(index + 1) % 4] ?? 'B']: 1 })
    const first = Array.from({ length: 100 }, (_order, index) => placed(`a${index}`, units(index)))
    await Promise.all([one.tell(...first.slice(0, 50)), other.tell(...first.slice(50))])
    await until(() => facts().length === 100)
    const changes = first.map(
      ({ subject }, index): CloudEvent =>
        index % 2 ? cancelRequested(subject) : returned(subject, `ret-${subject}`, { sku: SKUS[index % 4] ?? 'A', quantity: 1 }),
    )
    const second = Array.from({ length: 100 }, (_order, index) => placed(`b${index}`, units(index + 2)))
    const mixed = changes.flatMap((event, index) => [second[index] ?? event, event])
    await Promise.all([
      one.tell(...mixed.filter((_event, index) => index % 4 < 2)),
      other.tell(...mixed.filter((_event, index) => index % 4 >= 2).reverse()),
    ])
    await until(() => facts().length === 300)
    const open = await rows<{ units: string }>('select units from checkouts')
    for (const sku of SKUS) {
      const promised = open.reduce((sum, row) => sum + (JSON.parse(row.units)[sku] ?? 0), 0)
      expect(await level(sku)).toMatchObject({ reserved: promised })
    }
    expect(reruns).toEqual([])
  })

  test('payments of an instance that is gone are taken up by the other when its lease is over, each once', async () => {
    await Promise.all([one.stop(), other.stop()])
    // What an instance leaves that was killed between its commit and its call: leased rows that nobody works on.
    const until = new Date(Date.now() + 300).toISOString()
    const ids = Array.from({ length: 60 }, (_order, index) => `o${index}`)
    await database.db.transaction(async (tx) => {
      await tx.run("update stock_levels set reserved = 60 where sku = 'A'")
      await tx.insert(
        'checkouts',
        ids.map((id) => ({
          order_id: id,
          status: 'reserved',
          payment_id: `p-${id}`,
          amount: 100,
          currency: 'EUR',
          refunded: 0,
          token: 'tok_visa',
          attempts: 0,
          due_at: until,
          cause: '{}',
          updated_at: until,
          units: '{"A":1}',
        })),
      )
    })
    await start()
    await expect.poll(() => facts().length, { timeout: 10_000 }).toBe(60)
    expect(new Set(facts().map(({ subject }) => subject)).size).toBe(60)
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(until))
    expect(await ledger()).toHaveLength(60)
    expect(await rows('select order_id from checkouts where due_at is not null')).toEqual([])
  })
})
