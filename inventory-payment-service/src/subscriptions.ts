import type { CloudEvent } from '@order-flow/contracts'
import { type BatchHandler, inTurns, type Outbox } from '@order-flow/messaging'
import type { Tx } from '@order-flow/service-kit'
import { cancelCheckout, takeReturn } from './checkout/checkout.ts'
import { causeOf, closeUnbegun, reserveStock, saveSteps } from './checkout/checkout-steps.ts'
import { lockCheckouts } from './checkout/checkout-store.ts'
import type { PaymentWorker } from './payment/payment-worker.ts'
import { unitsBySku } from './stock/stock.ts'
import { lockLevels } from './stock/stock-store.ts'

/** Door 2: what events ask of inventory-payment-service. The worker gets what the provider is to do, once it is committed. */
export function createSubscriptions(outbox: Outbox, worker: Pick<PaymentWorker, 'add' | 'dueAt'>): BatchHandler {
  const turns = inTurns({
    'io.orderflow.order.placed.v1': async (tx, events) => {
      const work = await reserveStock(tx, outbox, events, worker.dueAt())
      tx.afterCommit(() => worker.add(work))
    },

    'io.orderflow.order.cancel_requested.v1': async (tx, events) => {
      const records = await lockCheckouts(tx, subjectsOf(events))
      const steps = events.map((event) => {
        const record = records.get(event.subject)
        return { orderId: event.subject, record, step: cancelCheckout(event.subject, record?.checkout), cause: causeOf(event) }
      })
      await closeUnbegun(
        tx,
        events.filter(({ subject }) => !records.has(subject)),
      )
      const work = await saveSteps(tx, outbox, steps, worker.dueAt())
      tx.afterCommit(() => worker.add(work))
    },

    'io.orderflow.order.returned.v1': async (tx, events) => {
      const records = await lockCheckouts(tx, subjectsOf(events))
      const steps = events.map((event) => {
        const record = records.get(event.subject)
        const tracked = event.data.lines.filter(({ sku }) => record && Object.hasOwn(record.checkout.units, sku))
        return {
          orderId: event.subject,
          record,
          step: takeReturn(record?.checkout, event.data, unitsBySku(tracked)),
          cause: causeOf(event),
        }
      })
      const work = await saveSteps(tx, outbox, steps, worker.dueAt())
      tx.afterCommit(() => worker.add(work))
    },
  })

  return {
    types: turns.types,
    async handle(tx, events) {
      await lockAhead(tx, events)
      await turns.handle(tx, events)
    },
  }
}

/**
 * Locks all that the turns of a batch will lock, in the one order of this service: checkouts by order, then levels by
 * SKU. Turn by turn the orders would differ, and transactions side by side would deadlock. A batch of new orders alone
 * is one turn.
 */
async function lockAhead(tx: Tx, events: readonly CloudEvent[]): Promise<void> {
  const changes = events.filter(({ type }) => type !== 'io.orderflow.order.placed.v1')
  if (changes.length === 0) return
  const records = await lockCheckouts(tx, subjectsOf(events))
  const skus = new Set([...records.values()].flatMap(({ checkout }) => Object.keys(checkout.units)))
  for (const event of events) {
    if (event.type === 'io.orderflow.order.placed.v1') for (const { sku } of event.data.lines) skus.add(sku)
  }
  await lockLevels(tx, skus)
}

function subjectsOf(events: readonly CloudEvent[]): string[] {
  return events.map(({ subject }) => subject)
}
