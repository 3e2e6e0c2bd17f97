import type { CloudEvent, EventType, Notification } from '@order-flow/contracts'

/** The events of an order that its customer is told of. */
export type OrderEventType = Extract<EventType, `io.orderflow.order.${string}`>

/** What the customer is told about one event of an order. Its id is the event's, so that it is shown once. */
export function notificationOf({ id, type, time, data }: CloudEvent<OrderEventType>): Notification {
  return {
    id,
    kind: 'order',
    orderId: data.orderId,
    orderNumber: data.number,
    orderVersion: data.version,
    status: data.status,
    eventType: type,
    detail: 'detail' in data ? data.detail : null,
    at: time,
  }
}
