import type { CloudEvent, EventType } from '@order-flow/contracts'
import { type Broker, createEvent, createInProcessBroker, toMessage } from '@order-flow/messaging'
import { checkConfig, silentLogger } from '@order-flow/service-kit'
import { createTestService, type TestDatabase } from '@order-flow/service-kit/testing'
import { Config, createApp, name } from '../src/app.ts'

/** order-service as a whole with a real database and message queue; other services are played by the test. */
export interface TestShop {
  url: string
  broker: Broker
  /** What order-service told the world, in order. */
  told: CloudEvent[]
  /** States a fact as another service would, and waits until order-service has taken it. */
  state(event: CloudEvent): Promise<void>
  call(
    method: string,
    path: string,
    options?: { as?: string; key?: string; body?: unknown },
    // biome-ignore lint/suspicious/noExplicitAny: JSON of an answer, which the tests compare by matchers
  ): Promise<{ status: number; headers: Headers; body: any }>
  stop(): Promise<void>
}

const CATALOGUE = [
  { sku: 'A', name: 'Apple', unitPrice: 150, currency: 'EUR', version: 1 },
  { sku: 'B', name: 'Bread', unitPrice: 300, currency: 'EUR', version: 1 },
  { sku: 'W', name: 'Won', unitPrice: 1000, currency: 'KRW', version: 1 },
]

const TOLD_TYPES: EventType[] = [
  'placed',
  'confirmed',
  'rejected',
  'cancel_requested',
  'cancelled',
  'returned',
  'refunded',
  'attention_raised',
].map(
  (verb) => `io.orderflow.order.${verb}.v1` as EventType, // the catalogue's own names
)

/** `database`: where it keeps its data; the test removes it. */
export async function startOrderService(database: TestDatabase, settings: { orders?: object } = {}): Promise<TestShop> {
  const broker = createInProcessBroker({ groups: [name, 'listener'], logger: silentLogger })
  const told: CloudEvent[] = []
  await broker.subscribe({ group: 'listener', types: TOLD_TYPES, maxBatch: 100, handle: async (events) => void told.push(...events) })
  const config = checkConfig(Config, { orders: settings.orders ?? {} }, () => 'the test')
  const { dataDir } = database
  const service = createTestService(name, { ...config, database: database.config }, dataDir === undefined ? {} : { dataDir })
  const app = await createApp(service, { broker })
  const url = await app.start()
  const state = (event: CloudEvent) => broker.publish([toMessage(event)])
  for (const data of CATALOGUE)
    await state(createEvent('test', { type: 'io.orderflow.product.changed.v1', subject: data.sku, data, at: new Date() }))
  return {
    url,
    broker,
    told,
    state,
    async call(method, path, { as = 'c1:customer', key, body } = {}) {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${as}`,
          ...(key !== undefined && { 'idempotency-key': key }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined }
    },
    async stop() {
      await broker.close()
      await app.stop()
    },
  }
}

export const CARD = { method: 'card', token: 'tok_visa' } as const

/** The fact that an order's payment was captured. */
export function captured(orderId: string): CloudEvent {
  return createEvent('inventory-payment-service', {
    type: 'io.orderflow.payment.captured.v1',
    subject: orderId,
    data: { orderId, paymentId: 'p1', amount: 150, currency: 'EUR' },
    at: new Date(),
  })
}

export function reversed(orderId: string, refunded: number): CloudEvent {
  return createEvent('inventory-payment-service', {
    type: 'io.orderflow.checkout.reversed.v1',
    subject: orderId,
    data: { orderId, refunded },
    at: new Date(),
  })
}
