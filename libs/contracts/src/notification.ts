import { type Static, Type } from 'typebox'
import { OrderStatus } from './order.ts'

/** Told to a customer about one change of one order. `id` is the id of the event it tells of: shown once by it. */
export const Notification = Type.Object({
  id: Type.String(),
  kind: Type.Literal('order'),
  orderId: Type.String(),
  orderNumber: Type.String(),
  orderVersion: Type.Integer(),
  status: OrderStatus,
  /** The event's type, e.g. `io.orderflow.order.confirmed.v1`; clients choose their own words by it. */
  eventType: Type.String(),
  detail: Type.Union([Type.String(), Type.Null()]),
  at: Type.String(),
})
export type Notification = Static<typeof Notification>

/** `GET /api/notifications?before=&limit=`: newest first. `offset` is the position in the user's live topic. */
export const NotificationPage = Type.Object({
  notifications: Type.Array(Type.Intersect([Notification, Type.Object({ offset: Type.Integer() })])),
  nextBefore: Type.Union([Type.Integer(), Type.Null()]),
})
export type NotificationPage = Static<typeof NotificationPage>
