import type { EventHandlers, Outbox } from '@order-flow/messaging'
import { cancelCheckout, takeReturn } from './checkout/checkout.ts'
import { causeOf, type ProviderWork, reserveStock, saveSteps } from './checkout/checkout-steps.ts'
import { lockCheckouts } from './checkout/checkout-store.ts'
import { unitsBySku } from './stock/stock.ts'

/** Door 2: what events ask of inventory-payment-service. `onWork` gets what the provider is to do, once it is committed. */
export function createSubscriptions(outbox: Outbox, onWork: (work: ProviderWork) => void): EventHandlers {
  return {
    'io.orderflow.order.placed.v1': async (tx, events) => {
      const work = await reserveStock(tx, outbox, events)
      tx.afterCommit(() => onWork(work))
    },

    'io.orderflow.order.cancel_requested.v1': async (tx, events) => {
      const records = await lockCheckouts(
        tx,
        events.map((event) => event.subject),
      )
      const steps = events.map((event) => {
        const record = records.get(event.subject)
        return { orderId: event.subject, record, step: cancelCheckout(event.subject, record?.checkout), cause: causeOf(event) }
      })
      const work = await saveSteps(tx, outbox, steps)
      tx.afterCommit(() => onWork(work))
    },

    'io.orderflow.order.returned.v1': async (tx, events) => {
      const records = await lockCheckouts(
        tx,
        events.map((event) => event.subject),
      )
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
      const work = await saveSteps(tx, outbox, steps)
      tx.afterCommit(() => onWork(work))
    },
  }
}
