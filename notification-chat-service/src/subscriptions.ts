import type { CloudEvent } from '@order-flow/contracts'
import type { BatchHandler } from '@order-flow/messaging'
import type { Tx } from '@order-flow/service-kit'
import type { Feed } from './feed.ts'
import { userTopic } from './feed-store.ts'
import type { Topics } from './live/topics.ts'
import { notificationOf, type OrderEventType } from './notification.ts'
import { rememberOrders } from './order-store.ts'

const TYPES: readonly OrderEventType[] = [
  'io.orderflow.order.placed.v1',
  'io.orderflow.order.confirmed.v1',
  'io.orderflow.order.rejected.v1',
  'io.orderflow.order.cancel_requested.v1',
  'io.orderflow.order.cancelled.v1',
  'io.orderflow.order.returned.v1',
  'io.orderflow.order.refunded.v1',
  'io.orderflow.order.attention_raised.v1',
]

/**
 * Door 2: every change of an order becomes a notification of its customer, stored first, then pushed. A batch is told
 * as one, so that it costs the same few statements however many kinds of events it holds, and its topics are locked in
 * one order.
 */
export function createSubscriptions({ feed, topics }: { feed: Feed; topics: Topics }): BatchHandler {
  async function handle(tx: Tx, batch: readonly CloudEvent[]): Promise<void> {
    const events = batch.filter(isOrderEvent)
    const placed = events.filter(({ type }) => type === 'io.orderflow.order.placed.v1').map(({ data }) => data)
    const entries = events.map((event) => ({
      topic: userTopic(event.data.customerId),
      kind: 'notification' as const,
      event: JSON.stringify({ kind: 'notification', notification: notificationOf(event) }),
      at: event.time,
    }))
    // Together: one round trip less.
    await Promise.all([rememberOrders(tx, placed), feed.tell(tx, entries)])
    tx.afterCommit(() => {
      for (const { event } of entries) topics.publish('orders', undefined, event)
    })
  }

  return { types: TYPES, handle }
}

function isOrderEvent(event: CloudEvent): event is CloudEvent<OrderEventType> {
  return TYPES.includes(event.type as OrderEventType) // includes asks, whatever the type
}
