import type { CloudEvent, OrderLine } from '@order-flow/contracts'
import { createEvent, type Outbox } from '@order-flow/messaging'
import { AppError, type Tx } from '@order-flow/service-kit'
import { change, type Happening, type Order, type Outcome } from './order.ts'
import { findForUpdate, insertHistory, updateOrders } from './order-store.ts'

/** Something that happened to one order. */
export interface OrderHappening {
  orderId: string
  happening: Happening
  /** The event or request behind it. */
  cause?: { id?: string; correlationid?: string; traceparent?: string }
  /** The order's lines, for a return. */
  lines?: readonly OrderLine[]
}

/**
 * Applies happenings to their orders, at most one per order, and saves the changed orders, their history and what they
 * tell the world. Answers the orders after it. Errors: `not_found`, `conflict` when one does not fit.
 */
export async function changeOrders(tx: Tx, outbox: Outbox, happenings: readonly OrderHappening[]): Promise<Order[]> {
  const now = new Date()
  const at = now.toISOString()
  const orders = await findForUpdate(
    tx,
    happenings.map(({ orderId }) => orderId),
  )
  const results = happenings.map((happening) => ({ cause: happening.cause, ...applyTo(orders.get(happening.orderId), happening, at) }))
  const changes = results
    .filter((result) => result.outcome.kind === 'changed')
    .map(({ cause, outcome }) => ({ cause, outcome: outcome as Changed })) // filtered by kind
  if (changes.length > 0) await save(tx, outbox, changes, now)
  return results.map(({ order, outcome }) => (outcome.kind === 'changed' ? outcome.order : order))
}

type Changed = Extract<Outcome, { kind: 'changed' }>

function applyTo(order: Order | undefined, { orderId, happening, lines }: OrderHappening, at: string): { order: Order; outcome: Outcome } {
  if (!order) throw new AppError('not_found', `Order ${orderId} does not exist.`)
  const outcome = change(order, happening, { at, ...(lines && { lines }) })
  if (outcome.kind === 'conflict')
    throw new AppError('conflict', outcome.message, { problem: 'order-conflict', facts: { status: order.status } })
  return { order, outcome }
}

async function save(tx: Tx, outbox: Outbox, changes: { cause: OrderHappening['cause']; outcome: Changed }[], now: Date): Promise<void> {
  const at = now.toISOString()
  await updateOrders(
    tx,
    changes.map(({ outcome: { order } }) => ({ order, deadlineAt: deadlineOf(order, now) })),
  )
  await insertHistory(
    tx,
    changes.map(({ outcome: { order, event, detail } }) => ({
      orderId: order.id,
      version: order.version,
      type: event.type,
      status: order.status,
      at,
      detail,
    })),
  )
  await outbox.add(
    tx,
    changes.map(
      ({ cause, outcome: { order, event } }) =>
        createEvent('order-service', { ...event, subject: order.id, at: now, ...(cause && { cause }) }) as CloudEvent,
    ), // event's type and data belong together
  )
}

const CANCELLATION_DEADLINE_MS = 30_000

/** Only a cancellation that has just begun waits for others; an order that already asks for attention asks once. */
function deadlineOf(order: Order, now: Date): string | null {
  return order.status === 'cancelling' && !order.attention ? new Date(now.getTime() + CANCELLATION_DEADLINE_MS).toISOString() : null
}
