import type { CloudEvent, EventType, OrderLine } from '@order-flow/contracts'
import { type Broker, createEvent, createInProcessBroker, toMessage } from '@order-flow/messaging'
import { checkConfig, type Logger, silentLogger } from '@order-flow/service-kit'
import { createTestService, type TestDatabase } from '@order-flow/service-kit/testing'
import { Config, createApp, name, type SeedProduct } from '../src/app.ts'

/** inventory-payment-service as a whole with a real database and message queue; order-service is played by the test. */
export interface TestStock {
  broker: Broker
  /** The facts it stated, in order; product changes left out. */
  facts: CloudEvent[]
  /** The product changes it stated, in order. */
  changes: CloudEvent<'io.orderflow.product.changed.v1'>[]
  /** Tells it something that happened to an order, and waits until it has taken it. */
  tell(...events: CloudEvent[]): Promise<void>
  call(
    method: string,
    path: string,
    options?: { as?: string; key?: string; body?: unknown },
    // biome-ignore lint/suspicious/noExplicitAny: JSON of an answer, which the tests compare by matchers
  ): Promise<{ status: number; body: any }>
  stop(): Promise<void>
}

export const OPERATOR = 'op:operator'
const FACT_TYPES: EventType[] = [
  'io.orderflow.stock.rejected.v1',
  'io.orderflow.payment.captured.v1',
  'io.orderflow.payment.declined.v1',
  'io.orderflow.payment.refunded.v1',
  'io.orderflow.checkout.reversed.v1',
]

export interface StockSettings {
  payments?: object
  seed?: readonly SeedProduct[]
  logger?: Logger
}

const PRODUCTS: readonly SeedProduct[] = [
  { sku: 'A', name: 'Apple', category: 'Fruit', unitPrice: 100, currency: 'EUR', onHand: 10 },
  { sku: 'B', name: 'Bread', category: 'Bakery', unitPrice: 300, currency: 'EUR', onHand: 5 },
  { sku: 'POST', name: 'Postage', category: 'Services', unitPrice: 400, currency: 'EUR', tracksStock: false, onHand: 0 },
]

/** An instance of the service on this database, with a message queue of its own. */
export async function startStock(
  { config: database, dataDir }: Pick<TestDatabase, 'config' | 'dataDir'>,
  settings: StockSettings = {},
): Promise<TestStock> {
  const broker = createInProcessBroker({ groups: [name, 'listener'], logger: silentLogger })
  const facts: CloudEvent[] = []
  const changes: TestStock['changes'] = []
  await broker.subscribe({
    group: 'listener',
    types: [...FACT_TYPES, 'io.orderflow.product.changed.v1'],
    maxBatch: 100,
    async handle(events) {
      for (const event of events) {
        if (event.type === 'io.orderflow.product.changed.v1') changes.push(event)
        else facts.push(event)
      }
    },
  })
  const config = checkConfig(Config, { payments: { retryBaseMs: 1, simulator: { slowMs: 20 }, ...settings.payments } }, () => 'the test')
  const service = createTestService(name, { ...config, database }, dataDir === undefined ? {} : { dataDir })
  const app = await createApp(settings.logger ? { ...service, logger: settings.logger } : service, { broker })
  await app.seed(settings.seed ?? PRODUCTS)
  const url = await app.start()
  return {
    broker,
    facts,
    changes,
    tell: (...events) => broker.publish(events.map(toMessage)),
    async call(method, path, { as = OPERATOR, key, body } = {}) {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${as}`,
          ...(key !== undefined && { 'idempotency-key': key }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: await response.json() }
    },
    async stop() {
      await broker.close()
      await app.stop()
    },
  }
}

function orderFacts(orderId: string, units: Record<string, number>, status: 'placed' | 'confirmed' | 'cancelling') {
  const total = Object.values(units).reduce((sum, quantity) => sum + quantity * 100, 0)
  return { orderId, number: 'N', customerId: 'c1', version: 1, status, currency: 'EUR', totals: { items: total, total } }
}

/** An order for so many units by SKU, each at 1.00. */
export function placed(orderId: string, units: Record<string, number>, token = 'tok_visa'): CloudEvent<'io.orderflow.order.placed.v1'> {
  const lines = Object.entries(units).map(
    ([sku, quantity], index): OrderLine => ({ lineNumber: index + 1, sku, name: sku, quantity, unitPrice: 100, lineTotal: quantity * 100 }),
  )
  return createEvent('order-service', {
    type: 'io.orderflow.order.placed.v1',
    subject: orderId,
    data: { ...orderFacts(orderId, units, 'placed'), lines, payment: { method: 'card', token } },
    at: new Date(),
  })
}

export function cancelRequested(orderId: string): CloudEvent {
  return createEvent('order-service', {
    type: 'io.orderflow.order.cancel_requested.v1',
    subject: orderId,
    data: { ...orderFacts(orderId, {}, 'cancelling'), by: 'c1', detail: null },
    at: new Date(),
  })
}

export function returned(orderId: string, returnId: string, { sku, quantity }: { sku: string; quantity: number }): CloudEvent {
  return createEvent('order-service', {
    type: 'io.orderflow.order.returned.v1',
    subject: orderId,
    data: {
      ...orderFacts(orderId, {}, 'confirmed'),
      returnId,
      lines: [{ lineNumber: 1, sku, quantity }],
      refund: quantity * 100,
      detail: 'broken',
    },
    at: new Date(),
  })
}
