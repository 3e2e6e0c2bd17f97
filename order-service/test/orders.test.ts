import { createEvent } from '@order-flow/messaging'
import { ENGINES, type TestDatabase } from '@order-flow/service-kit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CARD, captured, reversed, startOrderService, type TestShop } from './parts.ts'

const OPERATOR = 'op:operator'
let shop: TestShop
let database: TestDatabase

async function place(body: object = { lines: [{ sku: 'A', quantity: 1 }], payment: CARD }, options: { key?: string; as?: string } = {}) {
  return shop.call('POST', '/api/orders', { key: crypto.randomUUID(), body, ...options })
}

const until = (condition: () => boolean) => expect.poll(condition, { timeout: 5000, interval: 10 }).toBe(true)

describe.each(ENGINES)('order-service on $name', (engine) => {
  beforeEach(async () => {
    database = await engine.open()
    shop = await startOrderService(database)
  })
  afterEach(async () => {
    await shop.stop()
    await database.remove()
  })

  describe('placing an order', () => {
    test('answers 201 with the shop’s own prices and tells the world once', async () => {
      const { status, headers, body } = await place({
        lines: [
          { sku: 'A', quantity: 2 },
          { sku: 'B', quantity: 1 },
        ],
        payment: CARD,
      })
      expect(status).toBe(201)
      expect(headers.get('location')).toBe(`/api/orders/${body.id}`)
      expect(body).toMatchObject({ status: 'placed', version: 1, currency: 'EUR', totals: { items: 600, total: 600 } })
      expect(body.lines[0]).toEqual({ lineNumber: 1, sku: 'A', name: 'Apple', quantity: 2, unitPrice: 150, lineTotal: 300 })
      await until(() => shop.told.length === 1)
      expect(shop.told[0]).toMatchObject({
        type: 'io.orderflow.order.placed.v1',
        subject: body.id,
        partitionkey: body.id,
        data: { payment: CARD },
      })
    })

    test('needs an Idempotency-Key', async () => {
      const body = { lines: [{ sku: 'A', quantity: 1 }], payment: CARD }
      expect(await shop.call('POST', '/api/orders', { body })).toMatchObject({
        status: 400,
        body: { type: '/problems/idempotency-key-missing' },
      })
    })

    test('the same key and body again is the same answer to the byte, also after the order has gone on', async () => {
      const first = await place(undefined, { key: 'k1' })
      await shop.state(captured(first.body.id))
      const again = await place(undefined, { key: 'k1' })
      expect(again.status).toBe(201)
      expect(JSON.stringify(again.body)).toBe(JSON.stringify(first.body))
      expect((await shop.call('GET', '/api/orders')).body.orders).toHaveLength(1)
    })

    test('another body under the same key is 422, another user’s same key is another order', async () => {
      await place(undefined, { key: 'k1' })
      const other = await place({ lines: [{ sku: 'A', quantity: 9 }], payment: CARD }, { key: 'k1' })
      expect(other).toMatchObject({ status: 422, body: { type: '/problems/idempotency-key-reused' } })
      expect((await place(undefined, { key: 'k1', as: 'c2:customer' })).status).toBe(201)
    })

    test('of many sent at once under one key, one makes the order and the others get the same or 409', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => place(undefined, { key: 'k1' })))
      const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id))
      expect(ids.size).toBe(1)
      for (const { status, headers } of answers) {
        expect([201, 409]).toContain(status)
        if (status === 409) expect(headers.get('retry-after')).toBe('1')
      }
    })

    test('a failed first attempt leaves the key free', async () => {
      expect((await place({ lines: [{ sku: 'nothing', quantity: 1 }], payment: CARD }, { key: 'k1' })).status).toBe(422)
      expect((await place(undefined, { key: 'k1' })).status).toBe(201)
    })

    test.each([
      ['an unknown product', { lines: [{ sku: 'nothing', quantity: 1 }], payment: CARD }, 422, '/problems/unknown-product'],
      [
        'two currencies',
        {
          lines: [
            { sku: 'A', quantity: 1 },
            { sku: 'W', quantity: 1 },
          ],
          payment: CARD,
        },
        422,
        '/problems/mixed-currencies',
      ],
      ['a price by a customer', { lines: [{ sku: 'A', quantity: 1, unitPrice: 1 }], payment: CARD }, 422, '/problems/price-not-allowed'],
      ['no lines', { lines: [], payment: CARD }, 400, '/problems/invalid-request'],
      ['half a unit', { lines: [{ sku: 'A', quantity: 0.5 }], payment: CARD }, 400, '/problems/invalid-request'],
      ['an unknown member', { lines: [{ sku: 'A', quantity: 1 }], payment: CARD, price: 1 }, 400, '/problems/invalid-request'],
      [
        'a card number',
        { lines: [{ sku: 'A', quantity: 1 }], payment: { method: 'card', token: '4242424242424242' } },
        400,
        '/problems/invalid-request',
      ],
      [
        '2001 lines',
        { lines: Array.from({ length: 2001 }, () => ({ sku: 'A', quantity: 1 })), payment: CARD },
        400,
        '/problems/invalid-request',
      ],
    ])('%s is refused and changes nothing', async (_what, body, status, type) => {
      expect(await place(body)).toMatchObject({ status, body: { type } })
      expect((await shop.call('GET', '/api/orders')).body.orders).toEqual([])
    })

    test('2000 lines are taken', async () => {
      const { status, body } = await place({ lines: Array.from({ length: 2000 }, () => ({ sku: 'A', quantity: 1 })), payment: CARD })
      expect(status).toBe(201)
      expect(body.totals.total).toBe(300_000)
    })

    test('an operator orders for a customer at agreed prices', async () => {
      const body = { customerId: 'c9', lines: [{ sku: 'A', quantity: 2, unitPrice: 99 }], payment: CARD }
      expect((await place(body, { as: OPERATOR })).body).toMatchObject({ customerId: 'c9', totals: { total: 198 } })
      expect((await place(body)).status).toBe(422)
      expect((await place({ ...body, lines: [{ sku: 'A', quantity: 1 }] })).status).toBe(403)
    })
  })

  describe('looking at orders', () => {
    test('customers see their own, operators and agents all, and others’ do not exist', async () => {
      const { body } = await place()
      expect((await shop.call('GET', `/api/orders/${body.id}`)).status).toBe(200)
      expect((await shop.call('GET', `/api/orders/${body.id}`, { as: 'c2:customer' })).status).toBe(404)
      expect((await shop.call('GET', `/api/orders/${body.id}/events`, { as: 'c2:customer' })).status).toBe(404)
      expect((await shop.call('GET', `/api/orders/${body.id}`, { as: 'a1:agent' })).status).toBe(200)
      expect((await shop.call('GET', '/api/orders', { as: 'c2:customer' })).body.orders).toEqual([])
      expect((await shop.call('GET', '/api/orders', { as: OPERATOR })).body.orders).toHaveLength(1)
    })

    test('pages go from newest to oldest without a gap', async () => {
      const placed: string[] = []
      for (let index = 0; index < 5; index += 1) placed.push((await place()).body.id)
      const seen: string[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { body } = await shop.call('GET', `/api/orders?limit=2${cursor && `&cursor=${cursor}`}`)
        seen.push(...body.orders.map((order: { id: string }) => order.id))
        cursor = body.nextCursor
      }
      expect(seen).toEqual(placed.reverse())
    })
  })

  describe('what becomes of an order', () => {
    test('facts are applied once, in its history, and told', async () => {
      const { body } = await place()
      const fact = captured(body.id)
      await shop.state(fact)
      await shop.state(fact)
      const { events } = (await shop.call('GET', `/api/orders/${body.id}/events`)).body
      expect(events.map((event: { version: number; status: string }) => [event.version, event.status])).toEqual([
        [1, 'placed'],
        [2, 'confirmed'],
      ])
      await until(() => shop.told.length === 2)
      expect(shop.told[1]).toMatchObject({ type: 'io.orderflow.order.confirmed.v1', correlationid: body.id, causationid: fact.id })
    })

    test('a fact that contradicts history is parked for people to see, not ignored', async () => {
      const { body } = await place()
      await shop.state(captured(body.id))
      await shop.state(reversed(body.id, 0))
      const { deadLetters } = (await shop.call('GET', '/operations/dead-letters', { as: OPERATOR })).body
      expect(deadLetters).toMatchObject([
        { subject: body.id, cause: expect.stringContaining('is confirmed (version 2) and cannot take checkout.reversed') },
      ])
      expect((await shop.call('GET', '/operations/dead-letters')).status).toBe(403)
    })

    test('its customer cancels it; it is cancelled when stock and money are back', async () => {
      const { body } = await place()
      expect((await shop.call('POST', `/api/orders/${body.id}/cancel`, { as: 'c2:customer' })).status).toBe(404)
      expect((await shop.call('POST', `/api/orders/${body.id}/cancel`, { as: 'a1:agent' })).status).toBe(403)
      expect((await shop.call('POST', `/api/orders/${body.id}/cancel`, { body: { reason: 'changed my mind' } })).body.status).toBe(
        'cancelling',
      )
      expect((await shop.call('POST', `/api/orders/${body.id}/cancel`)).body).toMatchObject({ status: 'cancelling', version: 2 })
      await shop.state(captured(body.id))
      await shop.state(reversed(body.id, 150))
      expect((await shop.call('GET', `/api/orders/${body.id}`)).body).toMatchObject({ status: 'cancelled', refunded: 150, version: 3 })
    })

    test('an operator books a return once, however often it is sent', async () => {
      const { body } = await place({ lines: [{ sku: 'A', quantity: 3 }], payment: CARD })
      await shop.state(captured(body.id))
      const giveBack = (quantity: number, key: string) =>
        shop.call('POST', `/api/orders/${body.id}/returns`, {
          as: OPERATOR,
          key,
          body: { lines: [{ lineNumber: 1, quantity }], reason: 'broken' },
        })
      expect((await giveBack(2, 'r1')).status).toBe(201)
      expect((await giveBack(2, 'r1')).body).toMatchObject({ returned: { 1: 2 }, version: 3 })
      expect((await giveBack(1, 'r1')).status).toBe(422)
      expect((await giveBack(2, 'r2')).status).toBe(409)
      await until(() => shop.told.length === 3)
      expect(shop.told[2]).toMatchObject({
        type: 'io.orderflow.order.returned.v1',
        data: { refund: 300, lines: [{ sku: 'A', quantity: 2 }] },
      })
      expect(
        (
          await shop.call('POST', `/api/orders/${body.id}/returns`, {
            key: 'r3',
            body: { lines: [{ lineNumber: 1, quantity: 1 }], reason: 'x' },
          })
        ).status,
      ).toBe(403)
    })
  })

  test('an order that nobody answers asks for attention after its deadline', async () => {
    await shop.stop()
    shop = await startOrderService(database, { orders: { deadlineSeconds: 1 } })
    const { body } = await place()
    await until(() => shop.told.length === 2)
    const view = (await shop.call('GET', `/api/orders/${body.id}`)).body
    expect(view).toMatchObject({ status: 'placed', version: 2, attention: { since: body.placedAt } })
  })

  test('everything is there after a restart, and what was not yet published is', async () => {
    const { body } = await place(undefined, { key: 'k1' })
    await shop.broker.close()
    const second = await place(undefined, { key: 'k2' })
    await shop.stop()

    shop = await startOrderService(database)
    expect((await place(undefined, { key: 'k1' })).body).toEqual(body)
    await until(() => shop.told.some(({ subject }) => subject === second.body.id))
  })

  test('a product change of an older version changes nothing', async () => {
    const change = (version: number, unitPrice: number) =>
      shop.state(
        createEvent('test', {
          type: 'io.orderflow.product.changed.v1',
          subject: 'A',
          data: { sku: 'A', name: 'Apple', unitPrice, currency: 'EUR', version },
          at: new Date(),
        }),
      )
    await change(3, 175)
    await change(2, 160)
    expect((await place()).body.totals.total).toBe(175)
  })
})
