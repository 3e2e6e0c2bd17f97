import type { CloudEvent } from '@order-flow/contracts'
import { createEvent, type Outbox } from '@order-flow/messaging'
import { newId, type Tx } from '@order-flow/service-kit'
import { admitDemands, unitsBySku } from '../stock/stock.ts'
import { changeReserved, lockLevels } from '../stock/stock-store.ts'
import { type Cause, type CheckoutEvent, checkoutOf, neverBegun, type Step } from './checkout.ts'
import { type CheckoutRecord, insertCheckouts, lockCheckouts, updateCheckouts } from './checkout-store.ts'
import { insertRefunds, type RefundRecord } from './refund-store.ts'

/** A step of one checkout and what came before it. `record` undefined: there is no checkout, only something to say. */
export interface TakenStep {
  orderId: string
  record: CheckoutRecord | undefined
  step: Step | { event: CheckoutEvent }
  cause: Cause
}

/** Work for the payment provider that a transaction has made. */
export interface ProviderWork {
  payments: CheckoutRecord[]
  refunds: RefundRecord[]
}

/**
 * Reserves stock for placed orders in arrival order and notes the payments to make; orders without stock are answered
 * at once. Everything in the caller's transaction; the provider is asked after it, or by a sweep from `dueAt` on.
 */
export async function reserveStock(
  tx: Tx,
  outbox: Outbox,
  events: readonly CloudEvent<'io.orderflow.order.placed.v1'>[],
  dueAt: string,
): Promise<ProviderWork> {
  const now = new Date()
  const wishes = events.map((event) => ({ orderId: event.data.orderId, units: unitsBySku(event.data.lines) }))
  // Together: one round trip. The server takes the locks in this order, checkouts before levels.
  const [known, levels] = await Promise.all([
    lockCheckouts(
      tx,
      events.map(({ subject }) => subject),
    ),
    lockLevels(tx, new Set(wishes.flatMap(({ units }) => Object.keys(units)))),
  ])
  // One that was cancelled before it came has a checkout already, and comes to nothing.
  const demands = wishes.filter(({ orderId }) => !known.has(orderId))
  const { admitted, rejected, reserved } = admitDemands(levels, demands)

  const eventOf = new Map(events.map((event) => [event.data.orderId, event]))
  const unitsOf = new Map(demands.map(({ orderId, units }) => [orderId, units]))
  const payments = admitted.flatMap((orderId): CheckoutRecord[] => {
    const event = eventOf.get(orderId)
    if (!event) return []
    // Units of products without stock are not promised, so there is nothing to give back later.
    const units = Object.fromEntries(Object.entries(unitsOf.get(orderId) ?? {}).filter(([sku]) => levels.get(sku)))
    return [
      {
        checkout: checkoutOf(event, newId(), units),
        token: event.data.payment.token,
        attempts: 0,
        dueAt,
        cause: causeOf(event),
      },
    ]
  })
  const answers = rejected.map(({ orderId, short }) =>
    createEvent('inventory-payment-service', {
      type: 'io.orderflow.stock.rejected.v1',
      subject: orderId,
      data: { orderId, short },
      at: now,
      cause: causeOf(eventOf.get(orderId)),
    }),
  )
  // Together: one round trip.
  await Promise.all([changeReserved(tx, reserved), insertCheckouts(tx, payments, now.toISOString()), outbox.add(tx, answers)])
  return { payments, refunds: [] }
}

/** Notes that these orders were cancelled without a checkout. */
export async function closeUnbegun(tx: Tx, events: readonly CloudEvent<'io.orderflow.order.cancel_requested.v1'>[]): Promise<void> {
  const records = events.map((event) => ({
    checkout: neverBegun(event, newId()),
    token: null,
    attempts: 0,
    dueAt: null,
    cause: causeOf(event),
  }))
  await insertCheckouts(tx, records, new Date().toISOString())
}

/** Saves what steps made of their locked checkouts: states, stock given back, refunds to make (by a sweep from `dueAt` on), events. */
export async function saveSteps(tx: Tx, outbox: Outbox, steps: readonly TakenStep[], dueAt: string): Promise<ProviderWork> {
  const now = new Date()
  const at = now.toISOString()
  const released = new Map<string, number>()
  const changed = new Map<string, CheckoutRecord>()
  const refunds: RefundRecord[] = []
  const events: CloudEvent[] = []
  for (const { orderId, record, step, cause } of steps) {
    if (record && 'checkout' in step) {
      changed.set(orderId, nextRecord(record, step))
      for (const [sku, units] of Object.entries(step.release ?? {})) released.set(sku, (released.get(sku) ?? 0) - units)
      if (step.refund) refunds.push({ refund: step.refund, attempts: 0, cause })
    }
    if (step.event) events.push(createEvent('inventory-payment-service', { ...step.event, subject: orderId, at: now, cause }) as CloudEvent) // type and data belong together
  }
  if (released.size > 0) await lockLevels(tx, released.keys())
  // Together: one round trip.
  await Promise.all([
    changeReserved(tx, released),
    updateCheckouts(tx, [...changed.values()], at),
    insertRefunds(tx, refunds, dueAt),
    outbox.add(tx, events),
  ])
  return { payments: [], refunds }
}

/** The provider's token is kept only while the payment has no outcome. */
function nextRecord(record: CheckoutRecord, { checkout }: Step): CheckoutRecord {
  const paying = checkout.status === 'reserved' || checkout.status === 'cancelling'
  return paying ? { ...record, checkout } : { ...record, checkout, token: null, dueAt: null }
}

/** What an event passes on to those it leads to. */
export function causeOf(event: CloudEvent | undefined): Cause {
  if (!event) return {}
  return { id: event.id, correlationid: event.correlationid, ...(event.traceparent !== undefined && { traceparent: event.traceparent }) }
}
