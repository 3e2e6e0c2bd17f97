import { ProblemError } from '@order-flow/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { brokenRules } from '../src/broken-rules.ts'
import { DEPLOYMENTS, type DeployedShop } from '../src/deployments.ts'
import { type Listener, type Person, register, signIn } from '../src/person.ts'
import type { System } from '../src/system.ts'

const START_TIMEOUT_MS = 120_000

const statuses = ({ events }: Listener, orderId: string) =>
  events.flatMap(({ event }) =>
    event.kind === 'notification' && event.notification.orderId === orderId ? [event.notification.status] : [],
  )

async function expectStatuses(listener: Listener, orderId: string, expected: string[]) {
  await expect.poll(() => statuses(listener, orderId), { timeout: 10_000, interval: 10 }).toEqual(expected)
}

describe.each(DEPLOYMENTS)('on $name', ({ start, maxStopMs }) => {
  let shop: DeployedShop
  let system: System
  let customer: Person

  beforeAll(async () => {
    shop = await start()
    system = shop.system
    customer = await signIn(system, 'customer')
  }, START_TIMEOUT_MS)
  afterAll(async () => {
    const { exitCode, durationMs } = await system.stop()
    expect(exitCode, system.output()).toBe(0)
    expect(durationMs).toBeLessThan(maxStopMs)
    expect(await brokenRules(shop.audit, { atRest: true })).toEqual([])
    await shop.remove()
  }, START_TIMEOUT_MS)

  describe('a customer', () => {
    test('orders and sees every change at once over the socket', async () => {
      const socket = await customer.listen('user:me')
      const order = await customer.order('TBL-001', 2)
      expect(order).toMatchObject({ status: 'placed', version: 1, totals: { total: 2900 } })
      await expectStatuses(socket, order.id, ['placed', 'confirmed'])
      expect((await customer.shop.order(order.id)).status).toBe('confirmed')
      socket.close()
    })

    test('with a declined card is told why, and nothing is taken', async () => {
      const before = (await customer.shop.product('TBL-002')).available
      const socket = await customer.listen('user:me')
      const order = await customer.order('TBL-002', 1, 'tok_insufficient_funds')
      await expectStatuses(socket, order.id, ['placed', 'rejected'])
      expect(await customer.shop.order(order.id)).toMatchObject({
        reason: 'payment_declined',
        detail: 'The payment was declined (insufficient funds).',
      })
      expect((await customer.shop.product('TBL-002')).available).toBe(before)
      socket.close()
    })

    test('who wants more than there is gets a clear answer; who takes the last is served', async () => {
      const socket = await customer.listen('user:me')
      const tooMany = await customer.order('STA-008', 2)
      await expectStatuses(socket, tooMany.id, ['placed', 'rejected'])
      expect(await customer.shop.order(tooMany.id)).toMatchObject({
        reason: 'out_of_stock',
        detail: 'Not enough stock: STA-008 (2 wanted, 1 available).',
      })
      const last = await customer.order('STA-008', 1)
      await expectStatuses(socket, last.id, ['placed', 'confirmed'])
      expect((await customer.shop.product('STA-008')).available).toBe(0)
      socket.close()
    })

    test('cancels a confirmed order and gets stock and money back', async () => {
      const socket = await customer.listen('user:me')
      const before = (await customer.shop.product('KIT-001')).available
      const order = await customer.order('KIT-001', 3)
      await expectStatuses(socket, order.id, ['placed', 'confirmed'])
      await customer.shop.cancelOrder(order.id)
      await expectStatuses(socket, order.id, ['placed', 'confirmed', 'cancelling', 'cancelled'])
      expect(await customer.shop.order(order.id)).toMatchObject({ status: 'cancelled', refunded: order.totals.total })
      expect((await customer.shop.product('KIT-001')).available).toBe(before)
      socket.close()
    })

    test('who was away gets what happened meanwhile, each once and in order', async () => {
      const person = await register(system)
      const first = await person.listen('user:me')
      const before = await person.order('TBL-001')
      await expectStatuses(first, before.id, ['placed', 'confirmed'])
      const seen = first.events.at(-1)?.offset ?? 0
      first.close()
      const meanwhile = await person.order('TBL-001')
      await expect.poll(async () => (await person.shop.order(meanwhile.id)).status, { timeout: 10_000 }).toBe('confirmed')
      const second = await person.listen('user:me', seen)
      const after = await person.order('TBL-001')
      await expectStatuses(second, after.id, ['placed', 'confirmed'])
      expect(statuses(second, meanwhile.id)).toEqual(['placed', 'confirmed'])
      expect(statuses(second, before.id)).toEqual([])
      expect(second.events.map(({ offset }) => offset)).toEqual([seen + 1, seen + 2, seen + 3, seen + 4])
      second.close()
    })

    test('sees neither the orders nor the notifications of others', async () => {
      const [one, other] = await Promise.all([register(system), register(system)])
      const order = await one.order('TBL-001')
      await expect(other.shop.order(order.id)).rejects.toMatchObject({ problem: { status: 404 } })
      expect((await other.shop.notifications()).notifications).toEqual([])
      await expect(other.listen('support')).rejects.toThrow()
    })
  })

  test('customer and agent chat about an order, both live, and history stays', async () => {
    const agent = await signIn(system, 'agent')
    const [customerSocket, agentSocket] = await Promise.all([customer.listen('user:me'), agent.listen('support')])
    const order = await customer.order('TBL-001')
    const { conversation } = await customer.shop.openConversation({
      orderId: order.id,
      body: 'Where is it?',
      clientId: crypto.randomUUID(),
    })
    const texts = ({ events }: Listener) => events.flatMap(({ event }) => (event.kind === 'message' ? [event.message.body] : []))
    await expect.poll(() => texts(agentSocket)).toEqual(['Where is it?'])
    await agent.shop.postMessage(conversation.id, { body: 'On its way.', clientId: crypto.randomUUID() })
    await expect.poll(() => texts(customerSocket)).toEqual(['Where is it?', 'On its way.'])
    expect((await agent.shop.conversations()).conversations[0]).toMatchObject({ id: conversation.id, orderId: order.id, messageCount: 2 })
    customerSocket.close()
    agentSocket.close()
  })

  describe('the gateway', () => {
    const status = async (path: string, init: RequestInit = {}) => (await fetch(system.gateway + path, init)).status

    test.each([
      '/actuator/health',
      '/actuator/prometheus',
      '/eureka/apps',
      '/order-service/default',
      '/operations/dead-letters',
      '/.well-known/jwks.json',
      '/api/orders/../../actuator/health',
      '/api/orders/..%2f..%2factuator/health',
      '/api/products/%2e%2e/%2e%2e/actuator/info',
    ])('does not let %s through', async (path) => {
      const response = await fetch(system.gateway + path, { headers: { authorization: `Bearer ${customer.accessToken}` } })
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.headers.get('content-type')).toContain('application/problem+json')
    })

    test('wants a sign-in for what is not public', async () => {
      expect(await status('/api/products')).toBe(200)
      for (const path of ['/api/orders', '/api/notifications', '/api/conversations', '/api/accounts']) expect(await status(path)).toBe(401)
      expect(await status('/api/orders', { headers: { authorization: 'Bearer nonsense' } })).toBe(401)
    })

    test('wants the operator’s role where it is needed', async () => {
      const path = '/api/operations/order-service/dead-letters'
      expect(await status(path, { headers: { authorization: `Bearer ${customer.accessToken}` } })).toBe(403)
      const operator = await signIn(system, 'operator')
      expect(await status(path, { headers: { authorization: `Bearer ${operator.accessToken}` } })).toBe(200)
    })

    test('carries a trace and a request id through', async () => {
      const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
      const response = await fetch(`${system.gateway}/api/products`, { headers: { traceparent, 'x-request-id': 'my-request' } })
      expect(response.headers.get('x-request-id')).toBe('my-request')
    })
  })

  test('every service is in the registry, and says how it is at its own port', async () => {
    const { applications } = (await (
      await fetch(`${system.addresses.eureka}/eureka/apps`, { headers: { accept: 'application/json' } })
    ).json()) as {
      applications: { application: { name: string }[] }
    }
    expect(applications.application.map(({ name }) => name).sort()).toEqual([
      'API-GATEWAY',
      'CONFIG-SERVER',
      'IDENTITY-SERVICE',
      'INVENTORY-PAYMENT-SERVICE',
      'NOTIFICATION-CHAT-SERVICE',
      'ORDER-SERVICE',
    ])
    for (const part of ['config', 'eureka', 'identity', 'orders', 'inventory', 'notifications']) {
      expect(await (await fetch(`${system.addresses[part]}/actuator/health`)).json(), part).toMatchObject({ status: 'UP' })
      expect((await fetch(`${system.addresses[part]}/actuator/prometheus`)).status, part).toBe(200)
    }
  })

  test('no address, password or card token is in the log', async () => {
    const { readFileSync } = await import('node:fs')
    await new Promise((resolve) => setTimeout(resolve, 1500)) // the log is written in blocks, each second
    const log = readFileSync(`${system.dataDir}/logs/order-flow.log`, 'utf8')
    expect(log.length).toBeGreaterThan(1000)
    for (const secret of ['@order-flow.example', '@customers.example', 'tok_', 'Bearer', customer.accessToken.slice(0, 40)])
      expect(log).not.toContain(secret)
  })

  test('a refused request says so as a problem', async () => {
    await expect(customer.order('no-such-product')).rejects.toBeInstanceOf(ProblemError)
    await expect(customer.order('no-such-product')).rejects.toMatchObject({ problem: { status: 422, type: '/problems/unknown-product' } })
  })
})
