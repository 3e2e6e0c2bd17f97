import { ENGINES, type TestDatabase } from '@order-flow/service-kit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cancelRequested, placed, returned, startStock, type TestStock } from './parts.ts'

describe.each(ENGINES)('on $name', (engine) => {
  let opened: TestDatabase
  let stock: TestStock

  beforeEach(async () => {
    opened = await engine.open()
    stock = await startStock(opened)
  })
  afterEach(async () => {
    await stock.stop()
    await opened.remove()
  })

  const until = (condition: () => boolean) => expect.poll(condition, { timeout: 5000, interval: 5 }).toBe(true)
  const factsOf = (orderId: string) =>
    stock.facts
      .filter(({ subject }) => subject === orderId)
      .map(({ type, data }) => ({ type: type.split('.').slice(2, 4).join('.'), data }))
  const level = async (sku: string) => (await stock.call('GET', `/api/products/${sku}/stock`)).body

  async function settle(orderId: string, facts = 1) {
    await until(() => factsOf(orderId).length === facts)
    return factsOf(orderId)
  }

  describe('an order', () => {
    test('takes its stock and its money, and that is one fact', async () => {
      const event = placed('o1', { A: 3, POST: 1 })
      await stock.tell(event)
      expect(await settle('o1')).toMatchObject([{ type: 'payment.captured', data: { amount: 400, currency: 'EUR' } }])
      expect(stock.facts[0]).toMatchObject({ causationid: event.id, partitionkey: 'o1' })
      expect(await level('A')).toEqual({ sku: 'A', onHand: 10, reserved: 3, available: 7 })
    })

    test('that comes twice takes both once', async () => {
      const event = placed('o1', { A: 3 })
      await stock.tell(event, event)
      await stock.tell(event)
      await stock.tell(placed('o2', { A: 1 }))
      await settle('o2')
      expect(factsOf('o1')).toHaveLength(1)
      expect(await level('A')).toMatchObject({ reserved: 4 })
    })

    test('with one line short takes nothing and says what is short', async () => {
      await stock.tell(placed('o1', { A: 1, B: 6 }))
      expect(await settle('o1')).toMatchObject([{ type: 'stock.rejected', data: { short: [{ sku: 'B', wanted: 6, available: 5 }] } }])
      expect(await level('A')).toMatchObject({ reserved: 0 })
    })

    test.each([
      ['tok_declined', 'declined'],
      ['tok_insufficient_funds', 'insufficient_funds'],
      ['tok_never_heard_of', 'invalid_token'],
    ])('paid with %s is declined as %s and gives its stock back', async (token, code) => {
      await stock.tell(placed('o1', { A: 3 }, token))
      expect(await settle('o1')).toMatchObject([{ type: 'payment.declined', data: { code } }])
      expect(await level('A')).toMatchObject({ reserved: 0 })
    })

    test.each(['tok_slow', 'tok_timeout'])('paid with %s is paid in the end, once', async (token) => {
      await stock.tell(placed('o1', { A: 3 }, token))
      expect(await settle('o1')).toMatchObject([{ type: 'payment.captured' }])
    })

    test('whose payment times out and fails late is declined, and gives its stock back', async () => {
      await stock.tell(placed('o1', { A: 3 }, 'tok_timeout_declined'))
      expect(await settle('o1')).toMatchObject([{ type: 'payment.declined', data: { code: 'declined' } }])
      expect(await level('A')).toMatchObject({ reserved: 0 })
    })

    test('of 500 buyers for 10 units exactly ten get one', async () => {
      await Promise.all(Array.from({ length: 500 }, (_order, index) => stock.tell(placed(`o${index}`, { A: 1 }))))
      await until(() => stock.facts.length === 500)
      expect(stock.facts.filter(({ type }) => type === 'io.orderflow.payment.captured.v1')).toHaveLength(10)
      expect(await level('A')).toMatchObject({ onHand: 10, reserved: 10, available: 0 })
    })
  })

  describe('a cancellation', () => {
    test('of a paid order gives stock and money back', async () => {
      await stock.tell(placed('o1', { A: 3 }))
      await settle('o1')
      await stock.tell(cancelRequested('o1'))
      expect((await settle('o1', 2))[1]).toEqual({ type: 'checkout.reversed', data: { orderId: 'o1', refunded: 300 } })
      expect(await level('A')).toMatchObject({ reserved: 0 })
    })

    test('while the payment is being made waits for it, then gives everything back, as one fact', async () => {
      await stock.tell(placed('o1', { A: 3 }, 'tok_slow'), cancelRequested('o1'))
      expect(await settle('o1')).toEqual([{ type: 'checkout.reversed', data: { orderId: 'o1', refunded: 300 } }])
      expect(await level('A')).toMatchObject({ reserved: 0 })
    })

    test('while a payment is being made that is then declined has nothing to refund', async () => {
      await stock.stop()
      stock = await startStock(opened, { payments: { retryBaseMs: 50 } })
      await stock.tell(placed('o1', { A: 3 }, 'tok_declined'), cancelRequested('o1'))
      expect((await settle('o1')).at(-1)).toEqual({ type: 'checkout.reversed', data: { orderId: 'o1', refunded: 0 } })
    })

    test('of an order that got no stock or no money only says so', async () => {
      await stock.tell(placed('o1', { A: 11 }), placed('o2', { A: 1 }, 'tok_declined'))
      await settle('o2')
      await stock.tell(cancelRequested('o1'), cancelRequested('o2'))
      for (const orderId of ['o1', 'o2'])
        expect((await settle(orderId, 2))[1]).toEqual({ type: 'checkout.reversed', data: { orderId, refunded: 0 } })
      expect(await level('A')).toMatchObject({ reserved: 0 })
    })
  })

  test('an order that comes after its cancellation takes neither stock nor money', async () => {
    await stock.tell(cancelRequested('o1'))
    expect(await settle('o1')).toEqual([{ type: 'checkout.reversed', data: { orderId: 'o1', refunded: 0 } }])
    await stock.tell(placed('o1', { A: 3 }), placed('o2', { A: 1 }))
    await settle('o2')
    expect(factsOf('o1')).toHaveLength(1)
    expect(await level('A')).toMatchObject({ reserved: 1 })
  })

  describe('a return', () => {
    test('frees the units and sends their price back; a later cancellation gives back only the rest', async () => {
      await stock.tell(placed('o1', { A: 3 }))
      await settle('o1')
      await stock.tell(returned('o1', 'r1', { sku: 'A', quantity: 2 }))
      expect((await settle('o1', 2))[1]).toEqual({ type: 'payment.refunded', data: { orderId: 'o1', returnId: 'r1', amount: 200 } })
      expect(await level('A')).toMatchObject({ reserved: 1 })
      await stock.tell(cancelRequested('o1'))
      expect((await settle('o1', 3))[2]).toEqual({ type: 'checkout.reversed', data: { orderId: 'o1', refunded: 100 } })
      expect(await level('A')).toMatchObject({ reserved: 0 })
    })

    test('of an order without a payment is parked, not ignored', async () => {
      await stock.tell(returned('o1', 'r1', { sku: 'A', quantity: 2 }))
      expect((await stock.call('GET', '/operations/dead-letters')).body.deadLetters).toMatchObject([
        { subject: 'o1', cause: 'Order o1 has goods returned but its checkout is missing.' },
      ])
    })
  })

  test('a payment that had no outcome when the process ended is finished by the next, once', async () => {
    await stock.stop()
    stock = await startStock(opened, { payments: { retryBaseMs: 400 } })
    await stock.tell(placed('o1', { A: 3 }, 'tok_timeout'))
    await stock.stop()
    expect(stock.facts).toEqual([])

    stock = await startStock(opened)
    expect(await settle('o1')).toMatchObject([{ type: 'payment.captured' }])
    expect(await level('A')).toMatchObject({ reserved: 3 })
  })

  describe('the catalogue', () => {
    test('is searched by words and category, page by page', async () => {
      const { body } = await stock.call('GET', '/api/products?search=bre', { as: '' })
      expect(body).toMatchObject({ total: 1, products: [{ sku: 'B', available: 5 }], nextCursor: null })
      expect((await stock.call('GET', '/api/products?category=Fruit')).body.products).toMatchObject([{ sku: 'A' }])
      const first = (await stock.call('GET', '/api/products?limit=2')).body
      expect(first.products.map(({ sku }: { sku: string }) => sku)).toEqual(['A', 'B'])
      expect(first.categories).toEqual([
        { name: 'Bakery', count: 1 },
        { name: 'Fruit', count: 1 },
        { name: 'Services', count: 1 },
      ])
      const next = (await stock.call('GET', `/api/products?limit=2&cursor=${encodeURIComponent(first.nextCursor)}`)).body
      expect(next.products).toMatchObject([{ sku: 'POST', available: null }])
      expect((await stock.call('GET', '/api/products?search=%25')).body.total).toBe(0)
      expect((await stock.call('GET', '/api/products?cursor=nonsense')).status).toBe(400)
    })

    test('is changed by operators only', async () => {
      const body = { name: 'Cherry', category: 'Fruit', unitPrice: 50, currency: 'EUR' }
      expect((await stock.call('PUT', '/api/products/C', { as: 'c1:customer', body })).status).toBe(403)
      expect(await stock.call('PUT', '/api/products/C', { body })).toMatchObject({ status: 201, body: { version: 1, available: 0 } })
      expect(await stock.call('PUT', '/api/products/C', { body: { ...body, unitPrice: 60 } })).toMatchObject({
        status: 200,
        body: { version: 2, unitPrice: 60 },
      })
    })

    test('stock is moved once per key, and never below what is promised', async () => {
      await stock.tell(placed('o1', { A: 8 }))
      await settle('o1')
      const move = (quantity: number, key: string, kind = 'correction') =>
        stock.call('POST', '/api/products/A/stock', { key, body: { kind, quantity, reason: 'count' } })
      expect(await move(5, 'k1', 'receipt')).toMatchObject({ status: 200, body: { onHand: 15, available: 7 } })
      expect(await move(5, 'k1', 'receipt')).toMatchObject({ status: 200, body: { onHand: 15 } })
      expect((await move(6, 'k1', 'receipt')).status).toBe(422)
      expect(await move(-8, 'k2')).toMatchObject({ status: 409, body: { type: '/problems/stock-promised' } })
      expect(await move(-7, 'k3')).toMatchObject({ status: 200, body: { onHand: 8, available: 0 } })
      expect((await move(-1, 'k4', 'receipt')).status).toBe(422)
      expect(
        (await stock.call('POST', '/api/products/POST/stock', { key: 'k5', body: { kind: 'receipt', quantity: 1, reason: 'x' } })).status,
      ).toBe(422)
      expect(
        (
          await stock.call('POST', '/api/products/A/stock', {
            as: 'c1:customer',
            key: 'k6',
            body: { kind: 'receipt', quantity: 1, reason: 'x' },
          })
        ).status,
      ).toBe(403)
    })
  })
})
