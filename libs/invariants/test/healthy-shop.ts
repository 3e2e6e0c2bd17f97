import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import * as inventoryPaymentService from '@order-flow/inventory-payment-service'
import { createInProcessBroker } from '@order-flow/messaging'
import * as notificationChatService from '@order-flow/notification-chat-service'
import * as orderService from '@order-flow/order-service'
import { checkConfig, silentLogger } from '@order-flow/service-kit'
import { createTestService } from '@order-flow/service-kit/testing'
import type { AcceptedOrder } from '../src/index.ts'

/** What the clients of the shop were told. */
export interface ShopRecord {
  accepted: AcceptedOrder[]
  sentKeys: string[]
}

// biome-ignore lint/suspicious/noExplicitAny: JSON of answers, of which tests take what they know to be there
type Body = any
type Call = (
  path: string,
  options?: { method?: string; as?: string; key?: string; body?: unknown },
) => Promise<{ status: number; text: string; body: Body }>

/** Where the services keep their data. */
export interface ShopPlace {
  dataDir: string
  /** Each service's PostgreSQL; undefined: files in the data folder. */
  databaseUrlOf?: (service: string) => string
}

const OPERATOR = 'op:operator'

/**
 * Runs the three services that own data, has customers use the shop in every way there is, and stops when all is quiet.
 * `onOpen`: called when the databases are there, before the first order.
 */
export async function runHealthyShop(place: ShopPlace, onOpen: () => void = () => undefined): Promise<ShopRecord> {
  const broker = createInProcessBroker({
    groups: [orderService.name, inventoryPaymentService.name, notificationChatService.name],
    logger: silentLogger,
  })
  const apps = [
    await orderService.createApp(aService(orderService, place), { broker }),
    await inventoryPaymentService.createApp(aService(inventoryPaymentService, place), { broker }),
    await notificationChatService.createApp(aService(notificationChatService, place), { broker }),
  ]
  try {
    const [orders = '', stock = '', chat = ''] = await Promise.all(apps.map((app) => app.start()))
    onOpen()
    return await useShop({ orders: callOf(orders), stock: callOf(stock), chat: callOf(chat) })
  } finally {
    await broker.close()
    for (const app of apps.reverse()) await app.stop()
  }
}

function aService<P extends { name: string; Config: Parameters<typeof checkConfig>[0] }>(part: P, { dataDir, databaseUrlOf }: ShopPlace) {
  const database = { url: databaseUrlOf?.(part.name) ?? '', schema: '', poolSize: 4, statementTimeoutMs: 10_000 }
  const settings = { payments: { retryBaseMs: 1, simulator: { slowMs: 10 } }, database }
  // biome-ignore lint/suspicious/noExplicitAny: each part takes the service of its own Config
  return createTestService<any>(
    part.name,
    checkConfig(part.Config, settings, () => 'the test'),
    { dataDir: join(dataDir, part.name) },
  )
}

function callOf(url: string): Call {
  return async (path, { method = 'GET', as = 'c1:customer', key, body } = {}) => {
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
    if (response.status >= 500) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return { status: response.status, text, body: text ? JSON.parse(text) : undefined }
  }
}

async function useShop({ orders, stock, chat }: { orders: Call; stock: Call; chat: Call }): Promise<ShopRecord> {
  const record: ShopRecord = { accepted: [], sentKeys: [] }
  await fillCatalogue(stock, orders)

  async function place(
    lines: { sku: string; quantity: number }[],
    { token = 'tok_visa', as = 'c1:customer', key = randomUUID() as string } = {},
  ): Promise<string> {
    record.sentKeys.push(key)
    const { body, text } = await orders('/api/orders', { method: 'POST', as, key, body: { lines, payment: { method: 'card', token } } })
    record.accepted.push({ key, orderId: body.id, total: body.totals.total, body: text })
    return body.id
  }
  const reaches = (orderId: string, state: object) =>
    until(async () => {
      const { body } = await orders(`/api/orders/${orderId}`, { as: OPERATOR })
      return Object.entries(state).every(([name, value]) => body[name] === value)
    })
  async function giveBack(orderId: string, lineNumber: number, quantity: number): Promise<void> {
    const key = randomUUID()
    record.sentKeys.push(key)
    await orders(`/api/orders/${orderId}/returns`, {
      method: 'POST',
      as: OPERATOR,
      key,
      body: { lines: [{ lineNumber, quantity }], reason: 'broken' },
    })
  }

  const confirmed = await place([
    { sku: 'A 1.5-x', quantity: 2 },
    { sku: 'B', quantity: 1 },
    { sku: 'POST', quantity: 1 },
  ])
  await reaches(confirmed, { status: 'confirmed' })
  await place(
    [
      { sku: 'A 1.5-x', quantity: 2 },
      { sku: 'B', quantity: 1 },
      { sku: 'POST', quantity: 1 },
    ],
    { key: record.sentKeys[0] },
  )

  const cards = ['tok_visa', 'tok_declined', 'tok_insufficient_funds', 'tok_slow', 'tok_timeout']
  const many = await Promise.all(
    Array.from({ length: 40 }, (_order, index) =>
      place([{ sku: 'B', quantity: 1 + (index % 3) }], { token: cards[index % 5], as: `c${index % 4}:customer` }),
    ),
  )
  const short = await place([{ sku: 'A 1.5-x', quantity: 999 }])
  await reaches(short, { status: 'rejected' })

  const returned = await place([
    { sku: 'A 1.5-x', quantity: 3 },
    { sku: 'POST', quantity: 1 },
  ])
  await reaches(returned, { status: 'confirmed' })
  await giveBack(returned, 1, 1)
  await reaches(returned, { refunded: 150 })
  await giveBack(returned, 2, 1)
  await reaches(returned, { refunded: 550 })

  const cancelled = await place([{ sku: 'A 1.5-x', quantity: 3 }])
  await reaches(cancelled, { status: 'confirmed' })
  await giveBack(cancelled, 1, 1)
  await reaches(cancelled, { refunded: 150 })
  await orders(`/api/orders/${cancelled}/cancel`, { method: 'POST', body: { reason: 'changed my mind' } })
  const early = await place([{ sku: 'B', quantity: 1 }], { token: 'tok_slow' })
  await orders(`/api/orders/${early}/cancel`, { method: 'POST', body: {} })
  for (const id of [cancelled, early]) await reaches(id, { status: 'cancelled' })
  for (const id of many)
    await until(async () => ['confirmed', 'rejected'].includes((await orders(`/api/orders/${id}`, { as: OPERATOR })).body.status))

  await talk(chat, confirmed)
  // Everything told: the last change of each order has reached its customer.
  const all = new Set(record.accepted.map(({ orderId }) => orderId))
  await until(async () => {
    const lists = await Promise.all(['c0', 'c1', 'c2', 'c3'].map((id) => chat('/api/notifications?limit=100', { as: `${id}:customer` })))
    const told = lists.flatMap(({ body }) => body.notifications)
    return (
      await Promise.all(
        [...all].map(
          async (id) =>
            (await orders(`/api/orders/${id}/events`, { as: OPERATOR })).body.events.length ===
            told.filter((one: Body) => one.orderId === id).length,
        ),
      )
    ).every(Boolean)
  })
  return record
}

async function fillCatalogue(stock: Call, orders: Call): Promise<void> {
  const products = [
    { sku: 'A 1.5-x', name: 'Apple', unitPrice: 150, units: 20 },
    { sku: 'B', name: 'Bread', unitPrice: 300, units: 200 },
    { sku: 'POST', name: 'Postage', unitPrice: 400, tracksStock: false },
  ]
  for (const { sku, units, ...product } of products) {
    const path = `/api/products/${encodeURIComponent(sku)}`
    await stock(path, { method: 'PUT', as: OPERATOR, body: { ...product, category: 'Things', currency: 'EUR' } })
    if (units)
      await stock(`${path}/stock`, {
        method: 'POST',
        as: OPERATOR,
        key: randomUUID(),
        body: { kind: 'receipt', quantity: units, reason: 'first' },
      })
  }
  // An order of a product that is not known yet is refused, which changes nothing.
  await until(async () => {
    const body = { lines: [{ sku: 'POST', quantity: 1, unitPrice: 1 }], payment: { method: 'card', token: 'tok_visa' } }
    const { body: problem } = await orders('/api/orders', {
      method: 'POST',
      key: randomUUID(),
      body: { ...body, lines: [...body.lines, { sku: 'none', quantity: 1 }] },
      as: OPERATOR,
    })
    return problem.type === '/problems/unknown-product' && problem.skus.length === 1
  })
}

async function talk(chat: Call, orderId: string): Promise<void> {
  const opened = await chat('/api/conversations', { method: 'POST', body: { orderId, body: 'Where is it?', clientId: randomUUID() } })
  const { id } = opened.body.conversation
  for (const as of ['agent:agent', 'c1:customer']) {
    await chat(`/api/conversations/${id}/messages`, {
      method: 'POST',
      as,
      body: { body: 'My card is 4242424242424242.', clientId: randomUUID() },
    })
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('The shop did not come to rest.')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
