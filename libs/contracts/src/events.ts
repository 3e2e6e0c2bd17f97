import { type Static, type TSchema, Type } from 'typebox'
import { Currency, MinorUnits } from './money.ts'
import { OrderLine, OrderStatus, OrderTotals, RejectReason } from './order.ts'
import { DeclineCode, PaymentMethod } from './payment.ts'

/** What every order event tells, so that a consumer needs no other event to act on it. */
const orderFacts = {
  orderId: Type.String(),
  number: Type.String(),
  customerId: Type.String(),
  version: Type.Integer(),
  status: OrderStatus,
  currency: Currency,
  totals: OrderTotals,
}

export const OrderPlaced = Type.Object({ ...orderFacts, lines: Type.Array(OrderLine), payment: PaymentMethod })
export type OrderPlaced = Static<typeof OrderPlaced>
export const OrderConfirmed = Type.Object({ ...orderFacts, paymentId: Type.String() })
export type OrderConfirmed = Static<typeof OrderConfirmed>
export const OrderRejected = Type.Object({ ...orderFacts, reason: RejectReason, detail: Type.String() })
export type OrderRejected = Static<typeof OrderRejected>
export const OrderCancelRequested = Type.Object({ ...orderFacts, by: Type.String(), detail: Type.Union([Type.String(), Type.Null()]) })
export type OrderCancelRequested = Static<typeof OrderCancelRequested>
export const OrderCancelled = Type.Object({ ...orderFacts, refunded: MinorUnits })
export type OrderCancelled = Static<typeof OrderCancelled>
export const OrderReturned = Type.Object({
  ...orderFacts,
  returnId: Type.String(),
  lines: Type.Array(Type.Object({ lineNumber: Type.Integer(), sku: Type.String(), quantity: Type.Integer() })),
  /** What the customer gets back for these lines, minor units. */
  refund: MinorUnits,
  detail: Type.String(),
})
export type OrderReturned = Static<typeof OrderReturned>
export const OrderRefunded = Type.Object({ ...orderFacts, returnId: Type.String(), refund: MinorUnits })
export type OrderRefunded = Static<typeof OrderRefunded>
export const OrderAttentionRaised = Type.Object({ ...orderFacts, detail: Type.String() })
export type OrderAttentionRaised = Static<typeof OrderAttentionRaised>

export const StockRejected = Type.Object({
  orderId: Type.String(),
  short: Type.Array(Type.Object({ sku: Type.String(), wanted: Type.Integer(), available: Type.Integer() })),
})
export type StockRejected = Static<typeof StockRejected>
export const PaymentCaptured = Type.Object({ orderId: Type.String(), paymentId: Type.String(), amount: MinorUnits, currency: Currency })
export type PaymentCaptured = Static<typeof PaymentCaptured>
export const PaymentDeclined = Type.Object({ orderId: Type.String(), paymentId: Type.String(), code: DeclineCode })
export type PaymentDeclined = Static<typeof PaymentDeclined>
/** A cancelled order's stock is back and its money, if any was taken, refunded. */
export const CheckoutReversed = Type.Object({ orderId: Type.String(), refunded: MinorUnits })
export type CheckoutReversed = Static<typeof CheckoutReversed>
export const PaymentRefunded = Type.Object({ orderId: Type.String(), returnId: Type.String(), amount: MinorUnits })
export type PaymentRefunded = Static<typeof PaymentRefunded>
export const ProductChanged = Type.Object({
  sku: Type.String(),
  name: Type.String(),
  unitPrice: MinorUnits,
  currency: Currency,
  version: Type.Integer(),
})
export type ProductChanged = Static<typeof ProductChanged>

/** Every event of the system, by type: the schema of its data. */
export const EVENT_DATA = {
  'io.orderflow.order.placed.v1': OrderPlaced,
  'io.orderflow.order.confirmed.v1': OrderConfirmed,
  'io.orderflow.order.rejected.v1': OrderRejected,
  'io.orderflow.order.cancel_requested.v1': OrderCancelRequested,
  'io.orderflow.order.cancelled.v1': OrderCancelled,
  'io.orderflow.order.returned.v1': OrderReturned,
  'io.orderflow.order.refunded.v1': OrderRefunded,
  'io.orderflow.order.attention_raised.v1': OrderAttentionRaised,
  'io.orderflow.stock.rejected.v1': StockRejected,
  'io.orderflow.payment.captured.v1': PaymentCaptured,
  'io.orderflow.payment.declined.v1': PaymentDeclined,
  'io.orderflow.payment.refunded.v1': PaymentRefunded,
  'io.orderflow.checkout.reversed.v1': CheckoutReversed,
  'io.orderflow.product.changed.v1': ProductChanged,
} as const satisfies Record<string, TSchema>

export type EventType = keyof typeof EVENT_DATA
export type EventData<T extends EventType> = Static<(typeof EVENT_DATA)[T]>

/**
 * An event on the wire: CloudEvents 1.0, structured JSON. `id` is a UUIDv7 and the key under which consumers drop
 * repeats; `subject` is the aggregate's id; events of one `partitionkey` are delivered in order; `traceparent` is the
 * W3C context of the request that began it all.
 */
export type CloudEvent<T extends EventType = EventType> = T extends EventType
  ? {
      specversion: '1.0'
      id: string
      source: string
      type: T
      subject: string
      time: string
      datacontenttype: 'application/json'
      partitionkey: string
      correlationid: string
      causationid?: string
      traceparent?: string
      data: EventData<T>
    }
  : never

export const CloudEventEnvelope = Type.Object({
  specversion: Type.Literal('1.0'),
  id: Type.String(),
  source: Type.String(),
  type: Type.String(),
  subject: Type.String(),
  time: Type.String(),
  datacontenttype: Type.Literal('application/json'),
  partitionkey: Type.String(),
  correlationid: Type.String(),
  causationid: Type.Optional(Type.String()),
  traceparent: Type.Optional(Type.String()),
  data: Type.Unknown(),
})
