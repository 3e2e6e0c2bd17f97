import type { Attention, CloudEvent, EventData, EventType, OrderLine, OrderStatus, OrderTotals, RejectReason } from '@order-flow/contracts'

/** An order without its lines, which never change after it is placed. Amounts are minor units of `currency`. */
export type Order = OrderFacts & OrderState

export interface OrderFacts {
  id: string
  number: string
  customerId: string
  version: number
  currency: string
  totals: OrderTotals
  lineCount: number
  /** Units returned so far by line number. */
  returned: Record<string, number>
  refunded: number
  attention: Attention | null
  placedAt: string
  updatedAt: string
}

/** What an order is, and what is known only then. */
export type OrderState =
  | { status: 'placed' }
  | { status: 'confirmed'; paymentId: string }
  | { status: 'rejected'; reason: RejectReason; detail: string }
  | { status: 'cancelling' }
  | { status: 'cancelled' }

/** Facts that other services state, and what customers and operators ask. */
export type Happening =
  | { type: 'stock.rejected'; short: { sku: string; wanted: number; available: number }[] }
  | { type: 'payment.captured'; paymentId: string }
  | { type: 'payment.declined'; code: string }
  | { type: 'checkout.reversed'; refunded: number }
  | { type: 'payment.refunded'; returnId: string; amount: number }
  | { type: 'cancel'; by: string; reason: string | null }
  | { type: 'return'; returnId: string; lines: { lineNumber: number; quantity: number }[]; reason: string }
  | { type: 'deadline.passed' }

/**
 * The order's life: what each happening makes of each status. `ignore`: nothing is left to do (the fact was on its way
 * when the order was cancelled, or the request has been granted before). `conflict`: it contradicts history.
 */
export const TRANSITIONS: Record<OrderStatus, Record<Happening['type'], OrderStatus | 'ignore' | 'conflict'>> = {
  placed: {
    'stock.rejected': 'rejected',
    'payment.captured': 'confirmed',
    'payment.declined': 'rejected',
    'checkout.reversed': 'conflict',
    'payment.refunded': 'conflict',
    cancel: 'cancelling',
    return: 'conflict',
    'deadline.passed': 'placed',
  },
  confirmed: {
    'stock.rejected': 'conflict',
    'payment.captured': 'conflict',
    'payment.declined': 'conflict',
    'checkout.reversed': 'conflict',
    'payment.refunded': 'confirmed',
    cancel: 'cancelling',
    return: 'confirmed',
    'deadline.passed': 'ignore',
  },
  cancelling: {
    'stock.rejected': 'ignore',
    'payment.captured': 'ignore',
    'payment.declined': 'ignore',
    'checkout.reversed': 'cancelled',
    'payment.refunded': 'cancelling',
    cancel: 'ignore',
    return: 'conflict',
    'deadline.passed': 'cancelling',
  },
  rejected: {
    'stock.rejected': 'conflict',
    'payment.captured': 'conflict',
    'payment.declined': 'conflict',
    'checkout.reversed': 'conflict',
    'payment.refunded': 'conflict',
    cancel: 'conflict',
    return: 'conflict',
    'deadline.passed': 'ignore',
  },
  cancelled: {
    'stock.rejected': 'conflict',
    'payment.captured': 'conflict',
    'payment.declined': 'conflict',
    'checkout.reversed': 'conflict',
    // A return's refund may come after the cancellation's.
    'payment.refunded': 'cancelled',
    cancel: 'ignore',
    return: 'conflict',
    'deadline.passed': 'ignore',
  },
}

export const TERMINAL: readonly OrderStatus[] = ['rejected', 'cancelled']

/** What the order tells the world about a change: the event's type and data. */
export type OrderEvent = { [T in EventType]: { type: T; data: EventData<T> } }[Extract<EventType, `io.orderflow.order.${string}`>]

export type Outcome =
  | { kind: 'changed'; order: Order; event: OrderEvent; detail: string | null }
  | { kind: 'ignored' }
  | { kind: 'conflict'; message: string }

/**
 * The one function that changes an order. `at` is the time of the change; `lines` are needed only for a return.
 * Pure: the same arguments give the same outcome.
 */
export function change(order: Order, happening: Happening, { at, lines = [] }: { at: string; lines?: readonly OrderLine[] }): Outcome {
  const target = TRANSITIONS[order.status][happening.type]
  if (target === 'ignore') return { kind: 'ignored' }
  if (target === 'conflict') return conflict(order, `cannot take ${happening.type}`)
  const next = { ...order, version: order.version + 1, updatedAt: at, attention: null }
  switch (happening.type) {
    case 'stock.rejected': {
      const detail = shortageSentence(happening.short)
      return reject(next, { reason: 'out_of_stock', detail })
    }
    case 'payment.declined':
      return reject(next, { reason: 'payment_declined', detail: `The payment was declined (${happening.code.replaceAll('_', ' ')}).` })
    case 'payment.captured':
      return changed({ ...next, status: 'confirmed', paymentId: happening.paymentId }, (facts) => ({
        type: 'io.orderflow.order.confirmed.v1',
        data: { ...facts, paymentId: happening.paymentId },
      }))
    case 'cancel':
      return changed(
        { ...next, status: 'cancelling' },
        (facts) => ({ type: 'io.orderflow.order.cancel_requested.v1', data: { ...facts, by: happening.by, detail: happening.reason } }),
        happening.reason,
      )
    case 'checkout.reversed':
      return changed({ ...next, status: 'cancelled', refunded: next.refunded + happening.refunded }, (facts) => ({
        type: 'io.orderflow.order.cancelled.v1',
        data: { ...facts, refunded: happening.refunded },
      }))
    case 'return':
      return takeReturn(next, happening, lines)
    case 'payment.refunded':
      return changed({ ...next, refunded: next.refunded + happening.amount }, (facts) => ({
        type: 'io.orderflow.order.refunded.v1',
        data: { ...facts, returnId: happening.returnId, refund: happening.amount },
      }))
    case 'deadline.passed':
      return raiseAttention(next, at, order.updatedAt)
  }
}

/** The first event of every order. */
export function placedEvent(order: Order, lines: OrderLine[], payment: EventData<'io.orderflow.order.placed.v1'>['payment']) {
  return { type: 'io.orderflow.order.placed.v1', data: { ...factsOf(order), lines, payment } } as const
}

/** What a fact of another service says, in the order's words. */
export function happeningOf(event: CloudEvent): Happening {
  switch (event.type) {
    case 'io.orderflow.stock.rejected.v1':
      return { type: 'stock.rejected', short: event.data.short }
    case 'io.orderflow.payment.captured.v1':
      return { type: 'payment.captured', paymentId: event.data.paymentId }
    case 'io.orderflow.payment.declined.v1':
      return { type: 'payment.declined', code: event.data.code }
    case 'io.orderflow.checkout.reversed.v1':
      return { type: 'checkout.reversed', refunded: event.data.refunded }
    case 'io.orderflow.payment.refunded.v1':
      return { type: 'payment.refunded', returnId: event.data.returnId, amount: event.data.amount }
    default:
      throw new Error(`${event.type} is no fact about an order.`)
  }
}

function changed(order: Order, event: (facts: ReturnType<typeof factsOf>) => OrderEvent, detail: string | null = null): Outcome {
  return { kind: 'changed', order, event: event(factsOf(order)), detail }
}

function conflict(order: Order, why: string): Outcome {
  return { kind: 'conflict', message: `Order ${order.id} is ${order.status} (version ${order.version}) and ${why}.` }
}

function reject(order: Order, { reason, detail }: { reason: RejectReason; detail: string }): Outcome {
  return changed(
    { ...order, status: 'rejected', reason, detail },
    (facts) => ({ type: 'io.orderflow.order.rejected.v1', data: { ...facts, reason, detail } }),
    detail,
  )
}

function takeReturn(
  order: Order,
  { returnId, lines: wanted, reason }: Extract<Happening, { type: 'return' }>,
  lines: readonly OrderLine[],
): Outcome {
  const returned = { ...order.returned }
  const accepted: { lineNumber: number; sku: string; quantity: number }[] = []
  let refund = 0
  for (const { lineNumber, quantity } of wanted) {
    const line = lines[lineNumber - 1]
    const already = returned[lineNumber] ?? 0
    if (!line) return conflict(order, `has no line ${lineNumber}`)
    if (already + quantity > line.quantity)
      return conflict(order, `line ${lineNumber} has ${line.quantity - already} units left to return, not ${quantity}`)
    returned[lineNumber] = already + quantity
    refund += quantity * line.unitPrice
    accepted.push({ lineNumber, sku: line.sku, quantity })
  }
  return changed(
    { ...order, returned },
    (facts) => ({ type: 'io.orderflow.order.returned.v1', data: { ...facts, returnId, lines: accepted, refund, detail: reason } }),
    reason,
  )
}

function raiseAttention(order: Order, at: string, since: string): Outcome {
  const waitsFor = order.status === 'placed' ? 'stock and payment' : 'the cancellation to be carried out'
  const reason = `Waiting for ${waitsFor} since ${since}.`
  return changed(
    { ...order, attention: { reason, since } },
    (facts) => ({ type: 'io.orderflow.order.attention_raised.v1', data: { ...facts, detail: `${reason} Noticed ${at}.` } }),
    reason,
  )
}

function factsOf(order: Order) {
  const { id: orderId, number, customerId, version, status, currency, totals } = order
  return { orderId, number, customerId, version, status, currency, totals }
}

function shortageSentence(short: { sku: string; wanted: number; available: number }[]): string {
  const named = short.slice(0, 3).map(({ sku, wanted, available }) => `${sku} (${wanted} wanted, ${available} available)`)
  const more = short.length > named.length ? ` and ${short.length - named.length} more` : ''
  return `Not enough stock: ${named.join(', ')}${more}.`
}
