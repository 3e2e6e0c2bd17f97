import { ENGINES, type TestDatabase } from '@order-flow/service-kit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CARD, captured, startOrderService, type TestShop } from './parts.ts'

const SHARED = ENGINES.filter((engine) => engine.shared)
const ORDER = { lines: [{ sku: 'A', quantity: 1 }], payment: CARD }

// Each instance has a message queue of its own here, so both get what the test states, and only the leader's tells.
describe.each(SHARED)('two instances of order-service on one $name database', (engine) => {
  let database: TestDatabase
  let one: TestShop
  let other: TestShop

  beforeEach(async () => {
    database = await engine.open()
    ;[one, other] = await Promise.all([startOrderService(database), startOrderService(database)])
  })
  afterEach(async () => {
    await Promise.all([one.stop(), other.stop()])
    await database.remove()
  })

  const place = (shop: TestShop, key: string) => shop.call('POST', '/api/orders', { key, body: ORDER })
  const toldOf = (orderId: string) => [...one.told, ...other.told].filter(({ subject }) => subject === orderId)

  test('one key sent to both at once makes one order, and both answer it', async () => {
    for (let round = 0; round < 20; round += 1) {
      const answers = await Promise.all([place(one, `k${round}`), place(other, `k${round}`)])
      expect(answers.map(({ status }) => status)).toEqual([201, 201])
      expect(answers[0]?.body).toEqual(answers[1]?.body)
    }
    expect((await one.call('GET', '/api/orders?limit=100')).body.orders).toHaveLength(20)
  })

  test('what one has accepted the other shows and changes, and its events come in order, each once', async () => {
    const orders = await Promise.all(Array.from({ length: 20 }, (_item, index) => place(index % 2 ? one : other, `k${index}`)))
    const ids = orders.map(({ body }) => body.id as string)
    await Promise.all(ids.map((id, index) => (index % 2 ? other : one).call('POST', `/api/orders/${id}/cancel`)))
    await expect.poll(() => ids.every((id) => toldOf(id).length === 2), { timeout: 5000 }).toBe(true)
    for (const id of ids) {
      expect(toldOf(id).map(({ type }) => type)).toEqual(['io.orderflow.order.placed.v1', 'io.orderflow.order.cancel_requested.v1'])
    }
  })

  test('a payment and a cancellation at the same moment leave one legal history', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { body } = await place(one, `k${round}`)
      await Promise.all([one.state(captured(body.id)), other.call('POST', `/api/orders/${body.id}/cancel`)])
      const { body: history } = await one.call('GET', `/api/orders/${body.id}/events`)
      const versions = history.events.map(({ version }: { version: number }) => version)
      expect(versions).toEqual(versions.map((_version: number, index: number) => index + 1))
      expect(['cancelling', 'confirmed']).toContain((await other.call('GET', `/api/orders/${body.id}`)).body.status)
    }
  })

  test('a fact that reaches both instances takes effect once', async () => {
    const { body } = await place(one, 'k')
    const fact = captured(body.id)
    await Promise.all([one.state(fact), other.state(fact)])
    expect((await one.call('GET', `/api/orders/${body.id}`)).body).toMatchObject({ status: 'confirmed', version: 2 })
    await expect.poll(() => toldOf(body.id).length, { timeout: 5000 }).toBe(2)
  })

  test('when the instance that publishes stops, the other goes on', async () => {
    await place(one, 'k1')
    await expect.poll(() => one.told.length + other.told.length, { timeout: 5000 }).toBe(1)
    const [leader, follower] = one.told.length > 0 ? [one, other] : [other, one]
    await leader.stop()
    await place(follower, 'k2')
    await expect.poll(() => follower.told.length, { timeout: 5000 }).toBe(1)
  })
})
