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
export type ChangeOrders = (tx: Tx, happenings: readonly OrderHappening[]) => Promise<Order[]>

type Changed = Extract<Outcome, { kind: 'changed' }> & { before: Order; cause: OrderHappening['cause'] }

const SECOND_MS = 1000

export interface OrderChangesParts {
  outbox: Outbox
  /** For a cancellation to be carried out. */
  deadlineSeconds: number
  /** Told when the orders that left `placed` had been placed, in ms since 1970, once that is committed. */
  onDecided?: (placedAtMs: readonly number[]) => void
}

/** Makes the function through which every change of an order goes. */
export function createOrderChanges({ outbox, deadlineSeconds, onDecided = () => undefined }: OrderChangesParts): ChangeOrders {
  return async function changeOrders(tx, happenings) {
    const now = new Date()
    const orders = await findForUpdate(
      tx,
      happenings.map(({ orderId }) => orderId),
    )
    const changes: Changed[] = []
    const after = happenings.map((happening) => {
      const { order, outcome } = applyTo(orders.get(happening.orderId), happening, now.toISOString())
      if (outcome.kind !== 'changed') return order
      changes.push({ ...outcome, before: order, cause: happening.cause })
      return outcome.order
    })
    if (changes.length > 0) await save(tx, changes, now)
    const decided = changes.filter(({ before, order }) => before.status === 'placed' && order.status !== 'placed')
    if (decided.length > 0) tx.afterCommit(() => onDecided(decided.map(({ order }) => Date.parse(order.placedAt))))
    return after
  }

  async function save(tx: Tx, changes: readonly Changed[], now: Date): Promise<void> {
    const at = now.toISOString()
    const orders = changes.map(({ order }) => ({ order, deadlineAt: deadlineOf(order, now) }))
    const history = changes.map(({ order: { id: orderId, version, status }, event: { type }, detail }) => ({
      orderId,
      version,
      type,
      status,
      at,
      detail,
    }))
    const events = changes.map(
      ({ cause, order, event }) =>
        createEvent('order-service', { ...event, subject: order.id, at: now, ...(cause && { cause }) }) as CloudEvent, // event's type and data belong together
    )
    // Together: one round trip.
    await Promise.all([updateOrders(tx, orders), insertHistory(tx, history), outbox.add(tx, events)])
  }

  /** Only a cancellation that has just begun waits for others; an order that already asks for attention asks once. */
  function deadlineOf(order: Order, now: Date): string | null {
    if (order.status !== 'cancelling' || order.attention) return null
    return new Date(now.getTime() + deadlineSeconds * SECOND_MS).toISOString()
  }
}

function applyTo(order: Order | undefined, { orderId, happening, lines }: OrderHappening, at: string): { order: Order; outcome: Outcome } {
  if (!order) throw new AppError('not_found', `Order ${orderId} does not exist.`)
  const outcome = change(order, happening, { at, ...(lines && { lines }) })
  if (outcome.kind === 'conflict') {
    throw new AppError('conflict', outcome.message, { problem: 'order-conflict', facts: { status: order.status } })
  }
  return { order, outcome }
}
