import { CancelOrder, type Order as OrderView, PlaceOrder, ReturnOrder } from '@order-flow/contracts'
import {
  AppError,
  type Database,
  type HttpServer,
  hasRole,
  headerOf,
  type Identity,
  idempotencyKeyOf,
  identityOf,
  newId,
  requireRole,
  type TokenVerifier,
} from '@order-flow/service-kit'
import { Type } from 'typebox'
import type { Admission } from './admission.ts'
import { findRecords, insertRecords, recordName } from './idempotency-store.ts'
import type { ChangeOrders } from './order-changes.ts'
import { findForUpdate, findHistory, findLines, findPage, findView, toView } from './order-store.ts'

const OrderId = Type.Object({ id: Type.String({ maxLength: 64 }) })
const PageQuery = Type.Object({
  cursor: Type.Optional(Type.String({ maxLength: 64 })),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  customerId: Type.Optional(Type.String({ maxLength: 64 })),
})

export interface RouteParts {
  db: Database
  changeOrders: ChangeOrders
  admission: Admission
  tokens: TokenVerifier
}

/** Door 1: what HTTP asks of order-service. */
export function addRoutes(http: HttpServer, { db, changeOrders, admission, tokens }: RouteParts): void {
  const signedIn = requireRole(tokens)
  const operator = requireRole(tokens, 'operator')

  http.post('/api/orders', { onRequest: signedIn, schema: { body: PlaceOrder } }, async (request, reply) => {
    const identity = identityOf(request)
    const { order, lines } = await admission.place({
      ownerId: identity.userId,
      customerId: customerOf(request.body, identity),
      key: idempotencyKeyOf(request),
      request: request.body,
      traceparent: headerOf(request, 'traceparent'),
    })
    return reply.code(201).header('location', `/api/orders/${order.id}`).send(toView(order, lines))
  })

  http.get('/api/orders', { onRequest: signedIn, schema: { querystring: PageQuery } }, async (request) => {
    const { cursor, limit, customerId } = request.query
    const identity = identityOf(request)
    const whose = seesAll(identity) ? (customerId ?? null) : identity.userId
    const orders = await findPage(db, { before: cursor ?? null, limit: limit + 1, customerId: whose })
    const page = orders.slice(0, limit)
    return { orders: page, nextCursor: orders.length > limit ? (page.at(-1)?.id ?? null) : null }
  })

  http.get('/api/orders/:id', { onRequest: signedIn, schema: { params: OrderId } }, async (request) =>
    visibleOrder(request.params.id, identityOf(request)),
  )

  http.get('/api/orders/:id/events', { onRequest: signedIn, schema: { params: OrderId } }, async (request) => {
    await visibleOrder(request.params.id, identityOf(request))
    return { events: await findHistory(db, request.params.id) }
  })

  const cancelSchema = { params: OrderId, body: Type.Union([CancelOrder, Type.Null()]) }
  http.post('/api/orders/:id/cancel', { onRequest: signedIn, schema: cancelSchema }, async (request) => {
    const identity = identityOf(request)
    const { id: orderId, customerId, lines } = await visibleOrder(request.params.id, identity)
    if (customerId !== identity.userId && !hasRole(identity, 'operator'))
      throw new AppError('forbidden', 'Only the customer or an operator may cancel an order.')
    const happening = { type: 'cancel', by: identity.userId, reason: request.body?.reason ?? null } as const
    const [order] = await db.transaction((tx) => changeOrders(tx, [{ orderId, happening, cause: causeOf(request.headers.traceparent) }]))
    if (!order) throw new AppError('not_found', `Order ${orderId} does not exist.`)
    return toView(order, lines)
  })

  http.post('/api/orders/:id/returns', { onRequest: operator, schema: { params: OrderId, body: ReturnOrder } }, async (request, reply) => {
    const { id: orderId } = await visibleOrder(request.params.id, identityOf(request))
    const record = {
      ownerId: identityOf(request).userId,
      key: idempotencyKeyOf(request),
      fingerprint: JSON.stringify([
        orderId,
        request.body.reason,
        request.body.lines.map(({ lineNumber, quantity }) => [lineNumber, quantity]),
      ]),
      orderId,
    }
    await db.transaction(async (tx) => {
      // First, so that the same request twice at once is one after the other.
      await findForUpdate(tx, [orderId])
      const known = (await findRecords(tx, [record])).get(recordName(record))
      if (known && known.fingerprint !== record.fingerprint) {
        throw new AppError('unprocessable', 'This Idempotency-Key was used for another request.', { problem: 'idempotency-key-reused' })
      }
      if (known) return
      const lines = await findLines(tx, orderId)
      const happening = { type: 'return', returnId: newId(), ...request.body } as const
      await changeOrders(tx, [{ orderId, happening, lines, cause: causeOf(request.headers.traceparent) }])
      await insertRecords(tx, [record], new Date().toISOString())
    })
    return reply.code(201).send(await findView(db, orderId))
  })

  /** Other people's orders do not exist for a customer: an id must not be confirmed by a 403. */
  async function visibleOrder(orderId: string, identity: Identity): Promise<OrderView> {
    const order = await findView(db, orderId)
    if (!order || (order.customerId !== identity.userId && !seesAll(identity))) {
      throw new AppError('not_found', `Order ${orderId} does not exist.`)
    }
    return order
  }
}

function seesAll(identity: Identity): boolean {
  return hasRole(identity, 'operator') || hasRole(identity, 'agent')
}

/** Whose order it becomes. Only operators order for others, and only they agree on prices. */
function customerOf(body: PlaceOrder, identity: Identity): string {
  if (hasRole(identity, 'operator')) return body.customerId ?? identity.userId
  const index = body.lines.findIndex((line) => line.unitPrice !== undefined)
  if (index >= 0) {
    throw new AppError('unprocessable', `Line ${index + 1} gives a unitPrice; prices are the shop's. Leave it out.`, {
      problem: 'price-not-allowed',
    })
  }
  if (body.customerId !== undefined && body.customerId !== identity.userId) {
    throw new AppError('forbidden', 'Only operators may place orders for others; leave customerId out.')
  }
  return identity.userId
}

function causeOf(traceparent: string | string[] | undefined): { traceparent?: string } {
  return typeof traceparent === 'string' ? { traceparent } : {}
}
