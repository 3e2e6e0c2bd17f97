import type { CloudEvent } from '@order-flow/contracts'
import type { EventHandlers } from '@order-flow/messaging'
import type { Tx } from '@order-flow/service-kit'
import type { Feed } from './feed.ts'
import { userTopic } from './feed-store.ts'
import type { Topics } from './live/topics.ts'
import { notificationOf, type OrderEventType } from './notification.ts'
import { rememberOrders } from './order-store.ts'

/** Door 2: every change of an order becomes a notification of its customer, stored first, then pushed. */
export function createSubscriptions({ feed, topics }: { feed: Feed; topics: Topics }) {
  async function notify(tx: Tx, events: readonly CloudEvent<OrderEventType>[]): Promise<void> {
    const entries = events.map((event) => ({
      topic: userTopic(event.data.customerId),
      kind: 'notification' as const,
      event: JSON.stringify({ kind: 'notification', notification: notificationOf(event) }),
      at: event.time,
    }))
    await feed.tell(tx, entries)
    tx.afterCommit(() => {
      for (const { event } of entries) topics.publish('orders', undefined, event)
    })
  }

  return {
    'io.orderflow.order.placed.v1': async (tx, events) => {
      await rememberOrders(
        tx,
        events.map(({ data }) => data),
      )
      await notify(tx, events)
    },
    'io.orderflow.order.confirmed.v1': notify,
    'io.orderflow.order.rejected.v1': notify,
    'io.orderflow.order.cancel_requested.v1': notify,
    'io.orderflow.order.cancelled.v1': notify,
    'io.orderflow.order.returned.v1': notify,
    'io.orderflow.order.refunded.v1': notify,
    'io.orderflow.order.attention_raised.v1': notify,
  } satisfies EventHandlers
}
