import type { CloudEvent, DeclineCode, EventData } from '@order-flow/contracts'
import { AppError, unreachable } from '@order-flow/service-kit'

/**
 * One order's stock and money in this service.
 *
 * - `reserved`: the stock is promised, the payment is being made
 * - `paid`: the money is taken
 * - `declined`: no money, the stock given back
 * - `cancelling`: cancelled while the payment is being made; its outcome decides what to undo
 * - `refunding`: cancelled after the money was taken, which is on its way back
 * - `reversed`: nothing taken, nothing promised any more
 */
export type CheckoutStatus = 'reserved' | 'paid' | 'declined' | 'cancelling' | 'refunding' | 'reversed'

export interface Checkout {
  orderId: string
  status: CheckoutStatus
  paymentId: string
  /** Minor units of `currency`. */
  amount: number
  currency: string
  /** What has been given back or is on its way back. */
  refunded: number
  /** Units still promised, by SKU. */
  units: Readonly<Record<string, number>>
}

/** The event and trace behind a step, carried on to the events it leads to. */
export interface Cause {
  id?: string
  correlationid?: string
  traceparent?: string
}

export type PaymentOutcome = { status: 'captured' } | { status: 'declined'; code: DeclineCode }

/** Money that is to go back. `reverses`: the whole checkout is undone with it. */
export interface Refund {
  id: string
  orderId: string
  paymentId: string
  amount: number
  reverses: boolean
}

export type CheckoutEvent =
  | { type: 'io.orderflow.payment.captured.v1'; data: EventData<'io.orderflow.payment.captured.v1'> }
  | { type: 'io.orderflow.payment.declined.v1'; data: EventData<'io.orderflow.payment.declined.v1'> }
  | { type: 'io.orderflow.payment.refunded.v1'; data: EventData<'io.orderflow.payment.refunded.v1'> }
  | { type: 'io.orderflow.checkout.reversed.v1'; data: EventData<'io.orderflow.checkout.reversed.v1'> }

/** What a step makes of a checkout: its next state, the units to give back to stock, money to send back, what to tell. */
export interface Step {
  checkout: Checkout
  release?: Readonly<Record<string, number>>
  refund?: Refund
  event?: CheckoutEvent
}

/** The provider's answer. A repeated answer changes nothing. */
export function settlePayment(checkout: Checkout, outcome: PaymentOutcome): Step {
  const { orderId, paymentId, amount, currency, status } = checkout
  const captured = outcome.status === 'captured'
  switch (status) {
    case 'reserved':
      if (captured)
        return {
          checkout: { ...checkout, status: 'paid' },
          event: { type: 'io.orderflow.payment.captured.v1', data: { orderId, paymentId, amount, currency } },
        }
      return {
        ...releaseAll({ ...checkout, status: 'declined' }),
        event: { type: 'io.orderflow.payment.declined.v1', data: { orderId, paymentId, code: outcome.code } },
      }
    case 'cancelling':
      return captured ? undo(checkout) : reverse(checkout, 0)
    case 'paid':
    case 'declined':
    case 'refunding':
    case 'reversed':
      return { checkout }
    default:
      return unreachable(status)
  }
}

/** The order is cancelled. Without a checkout (see `neverBegun`) there is nothing to undo, and that is said. */
export function cancelCheckout(orderId: string, checkout: Checkout | undefined): Step | { event: CheckoutEvent } {
  if (!checkout || checkout.status === 'declined') return { event: reversedEvent(orderId, 0) }
  switch (checkout.status) {
    case 'reserved':
      return { checkout: { ...checkout, status: 'cancelling' } }
    case 'paid':
      return undo(checkout)
    case 'cancelling':
    case 'refunding':
    case 'reversed':
      return { checkout }
    default:
      return unreachable(checkout.status)
  }
}

/** Goods of a paid order come back: their units are free again and their price goes back. Errors: `conflict`. */
export function takeReturn(
  checkout: Checkout | undefined,
  returned: EventData<'io.orderflow.order.returned.v1'>,
  unitsBack: Readonly<Record<string, number>>,
): Step {
  const { orderId, returnId, refund: amount } = returned
  if (checkout?.status !== 'paid')
    throw new AppError('conflict', `Order ${orderId} has goods returned but its checkout is ${checkout?.status ?? 'missing'}.`)
  if (checkout.refunded + amount > checkout.amount) {
    throw new AppError(
      'conflict',
      `A refund of ${amount} for order ${orderId} would exceed the ${checkout.amount - checkout.refunded} still paid.`,
    )
  }
  const units = subtract(checkout.units, unitsBack)
  const next = { ...checkout, units, refunded: checkout.refunded + amount }
  if (amount === 0) return { checkout: next, release: unitsBack, event: refundedEvent(orderId, returnId, 0) }
  return { checkout: next, release: unitsBack, refund: { id: returnId, orderId, paymentId: checkout.paymentId, amount, reverses: false } }
}

/** Money has gone back. */
export function settleRefund(checkout: Checkout, refund: Refund): Step {
  if (refund.reverses) return reverse(checkout, refund.amount)
  return { checkout, event: refundedEvent(refund.orderId, refund.id, refund.amount) }
}

/** What an `order.placed` event asks for. */
export function checkoutOf(
  event: CloudEvent<'io.orderflow.order.placed.v1'>,
  paymentId: string,
  units: Readonly<Record<string, number>>,
): Checkout {
  const { orderId, totals, currency } = event.data
  return { orderId, status: 'reserved', paymentId, amount: totals.total, currency, refunded: 0, units }
}

/**
 * The checkout of an order that was cancelled without having one: there was no stock, or the order itself has not come
 * yet. It stays, so that an order that comes later takes neither stock nor money.
 */
export function neverBegun(event: CloudEvent<'io.orderflow.order.cancel_requested.v1'>, paymentId: string): Checkout {
  const { orderId, totals, currency } = event.data
  return { orderId, status: 'reversed', paymentId, amount: totals.total, currency, refunded: 0, units: {} }
}

function undo(checkout: Checkout): Step {
  const { orderId, paymentId, amount, refunded } = checkout
  const due = amount - refunded
  if (due === 0) return reverse(checkout, 0)
  return {
    checkout: { ...checkout, status: 'refunding', refunded: amount },
    refund: { id: `cancel-${orderId}`, orderId, paymentId, amount: due, reverses: true },
  }
}

function reverse(checkout: Checkout, refunded: number): Step {
  return { ...releaseAll({ ...checkout, status: 'reversed' }), event: reversedEvent(checkout.orderId, refunded) }
}

function releaseAll(checkout: Checkout): Step {
  return { checkout: { ...checkout, units: {} }, release: checkout.units }
}

function reversedEvent(orderId: string, refunded: number): CheckoutEvent {
  return { type: 'io.orderflow.checkout.reversed.v1', data: { orderId, refunded } }
}

function refundedEvent(orderId: string, returnId: string, amount: number): CheckoutEvent {
  return { type: 'io.orderflow.payment.refunded.v1', data: { orderId, returnId, amount } }
}

function subtract(units: Readonly<Record<string, number>>, less: Readonly<Record<string, number>>): Record<string, number> {
  const left = { ...units }
  for (const [sku, quantity] of Object.entries(less)) {
    const remaining = (left[sku] ?? 0) - quantity
    if (remaining < 0) throw new AppError('conflict', `${quantity} units of ${sku} are returned, but only ${left[sku] ?? 0} were sold.`)
    if (remaining === 0) delete left[sku]
    else left[sku] = remaining
  }
  return left
}
