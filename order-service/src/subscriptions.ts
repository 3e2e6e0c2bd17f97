import type { CloudEvent, EventType } from '@order-flow/contracts'
import type { EventHandlers } from '@order-flow/messaging'
import type { Tx } from '@order-flow/service-kit'
import { happeningOf } from './order.ts'
import type { ChangeOrders } from './order-changes.ts'
import { saveProducts } from './product-store.ts'

/** Door 2: what events ask of order-service. */
export function createSubscriptions(changeOrders: ChangeOrders): EventHandlers {
  const applyFacts = (tx: Tx, events: CloudEvent<EventType>[]) =>
    changeOrders(
      tx,
      events.map((event) => ({ orderId: event.subject, happening: happeningOf(event), cause: event })),
    ).then(() => undefined)

  return {
    'io.orderflow.stock.rejected.v1': applyFacts,
    'io.orderflow.payment.captured.v1': applyFacts,
    'io.orderflow.payment.declined.v1': applyFacts,
    'io.orderflow.payment.refunded.v1': applyFacts,
    'io.orderflow.checkout.reversed.v1': applyFacts,
    'io.orderflow.product.changed.v1': (tx, events) =>
      saveProducts(
        tx,
        events.map((event) => event.data),
      ),
  }
}
