import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LiveEvent, Order, PlaceOrder, ReturnOrder } from '@order-flow/contracts'
import { type WebSocket, WebSocketServer } from 'ws'

/** What a shop keeps: it outlives its gateway, as a data folder outlives a process. */
export function createFakeShop() {
  return {
    orders: new Map<string, Order & { wasConfirmed: boolean }>(),
    stock: new Map<string, number>(),
    products: new Map<string, unknown>(),
    accounts: new Map<string, string>(),
    /** Answers by idempotency key. */
    answers: new Map<string, unknown>(),
    logins: 0,
  }
}

export type FakeShop = ReturnType<typeof createFakeShop>

export interface FakeGatewayOptions {
  shop: FakeShop
  /** Called with the number of orders so far when one more is asked for: 'busy' answers 503, 'die' cuts every connection. */
  onOrder?: (count: number) => 'busy' | 'die' | undefined
  /** Orders that become these statuses do so silently: their notification is lost. */
  isSilent?: (order: Order) => boolean
  port?: number
}

/** A stand-in for the whole system behind its gateway: enough of it to replay against, at once and in memory. */
export async function startFakeGateway({ shop, onOrder, isSilent, port = 0 }: FakeGatewayOptions) {
  const server = createServer((request, response) => void handle(request, response))
  const sockets = new WebSocketServer({ server, path: '/ws' })
  const listeners = new Set<WebSocket>()
  sockets.on('connection', (socket) => {
    listeners.add(socket)
    socket.on('close', () => listeners.delete(socket))
    socket.on('message', () => socket.send(JSON.stringify({ type: 'subscribed', topic: 'orders', offset: 0 })))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo // listening on TCP

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const key = request.headers['idempotency-key']
    const body: unknown = JSON.parse((await textOf(request)) || 'null')
    const [path = '', id = ''] = route(`${request.method} ${request.url}`)
    const trouble = path === 'POST /api/orders' ? onOrder?.(shop.orders.size) : undefined
    if (trouble === 'die') return void stop()
    if (trouble === 'busy') return void response.writeHead(503, { 'retry-after': '0' }).end()
    const known = typeof key === 'string' ? shop.answers.get(key) : undefined
    const answer = known ?? handlers[path]?.(body, id)
    if (typeof key === 'string' && answer !== undefined) shop.answers.set(key, answer)
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? null))
  }

  const handlers: Record<string, (body: unknown, id: string) => unknown> = {
    'POST /api/auth/login': () => {
      shop.logins += 1
      return {
        accessToken: 't',
        refreshToken: 'r',
        expiresInSeconds: 900,
        account: { id: 'op', email: null, name: 'Op', roles: ['operator'] },
      }
    },
    'GET /api/products?limit=1': () => ({}),
    'PUT /api/products': (body, sku) => {
      shop.products.set(sku, body)
      return {}
    },
    'POST /api/products/stock': (body, sku) => {
      shop.stock.set(sku, (shop.stock.get(sku) ?? 0) + (body as { quantity: number }).quantity) // as the replay sends it
      return {}
    },
    'POST /api/accounts/import': (body) => {
      const { accounts } = body as { accounts: { reference: string }[] } // as the replay sends it
      for (const { reference } of accounts) shop.accounts.set(reference, shop.accounts.get(reference) ?? `id:${reference}`)
      return { accounts: accounts.map(({ reference }) => ({ reference, id: shop.accounts.get(reference) })) }
    },
    'POST /api/orders': (body) => {
      const order = place(shop, body as PlaceOrder) // as the replay sends it
      setImmediate(() => settle(order.id))
      return structuredClone(order)
    },
    'GET /api/orders': (_body, id) => shop.orders.get(id),
    'GET /api/orders/events': (_body, id) => {
      const at = new Date().toISOString()
      const status = shop.orders.get(id)?.wasConfirmed ? 'confirmed' : 'placed'
      return { events: [{ version: 1, type: 't', status, at, detail: null }] }
    },
    'POST /api/orders/cancel': (_body, id) => Object.assign(shop.orders.get(id) ?? {}, { status: 'cancelled' }),
    'POST /api/orders/returns': (body, id) => giveBack(shop, id, body as ReturnOrder), // as the replay sends it
  }

  function settle(orderId: string): void {
    const order = shop.orders.get(orderId)
    if (order?.status !== 'placed') return
    const isShort = order.lines.some(({ sku, quantity }) => (shop.stock.get(sku) ?? Number.POSITIVE_INFINITY) < quantity)
    for (const { sku, quantity } of isShort ? [] : order.lines) {
      const onHand = shop.stock.get(sku)
      if (onHand !== undefined) shop.stock.set(sku, onHand - quantity)
    }
    Object.assign(order, isShort ? { status: 'rejected', reason: 'out_of_stock' } : { status: 'confirmed', wasConfirmed: true })
    if (!isSilent?.(order))
      for (const socket of listeners) socket.send(JSON.stringify({ type: 'event', topic: 'orders', event: told(order) }))
  }

  async function stop(): Promise<void> {
    for (const socket of listeners) socket.terminate()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }

  return { url: `http://127.0.0.1:${address.port}`, port: address.port, stop }
}

/** `PUT /api/products/85123A` as `['PUT /api/products', '85123A']`. */
function route(line: string): [string, string] {
  const [, before = '', id = '', after = ''] = /^(\w+ \/api\/(?:products|orders))\/([^/?]+)(\/\w+)?$/.exec(line) ?? []
  return before ? [`${before}${after}`, decodeURIComponent(id)] : [line, '']
}

function place(shop: FakeShop, { customerId = '', lines }: PlaceOrder) {
  const now = new Date().toISOString()
  const total = lines.reduce((sum, { quantity, unitPrice = 0 }) => sum + quantity * unitPrice, 0)
  const order: Order & { wasConfirmed: boolean } = {
    id: `order-${shop.orders.size + 1}`,
    number: `${shop.orders.size + 1}`,
    customerId,
    status: 'placed',
    version: 1,
    currency: 'GBP',
    totals: { items: total, total },
    lines: lines.map(({ sku, quantity, unitPrice = 0 }, index) => ({
      lineNumber: index + 1,
      sku,
      name: sku,
      quantity,
      unitPrice,
      lineTotal: quantity * unitPrice,
    })),
    reason: null,
    detail: null,
    attention: null,
    returned: {},
    refunded: 0,
    placedAt: now,
    updatedAt: now,
    wasConfirmed: false,
  }
  shop.orders.set(order.id, order)
  return order
}

function giveBack(shop: FakeShop, orderId: string, { lines }: ReturnOrder): unknown {
  const order = shop.orders.get(orderId)
  if (order?.status !== 'confirmed') return undefined
  for (const { lineNumber, quantity } of lines) order.returned[lineNumber] = (order.returned[lineNumber] ?? 0) + quantity
  return order
}

function told(order: Order): LiveEvent {
  const { id: orderId, number: orderNumber, version: orderVersion, status, updatedAt: at } = order
  return {
    kind: 'notification',
    notification: { id: `n-${orderId}`, kind: 'order', orderId, orderNumber, orderVersion, status, eventType: 't', detail: null, at },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
