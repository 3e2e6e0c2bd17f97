import { type Static, Type } from 'typebox'
import { Currency, MinorUnits } from './money.ts'
import { PaymentMethod } from './payment.ts'
import { Sku } from './product.ts'

export const MAX_ORDER_LINES = 2000
export const MAX_ORDER_BYTES = 1_048_576

const Quantity = Type.Integer({ minimum: 1, maximum: 1_000_000 })

/**
 * `POST /api/orders`, with an `Idempotency-Key`. Prices are the shop's own; only an operator, who orders for
 * `customerId`, may give an agreed `unitPrice`. One SKU may stand on several lines.
 */
export const PlaceOrder = Type.Object(
  {
    customerId: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    lines: Type.Array(
      Type.Object({ sku: Sku, quantity: Quantity, unitPrice: Type.Optional(MinorUnits) }, { additionalProperties: false }),
      { minItems: 1, maxItems: MAX_ORDER_LINES },
    ),
    payment: PaymentMethod,
  },
  { additionalProperties: false },
)
export type PlaceOrder = Static<typeof PlaceOrder>

/** `POST /api/orders/{id}/cancel`. The body may be left out. */
export const CancelOrder = Type.Object({ reason: Type.Optional(Type.String({ maxLength: 200 })) }, { additionalProperties: false })
export type CancelOrder = Static<typeof CancelOrder>

/** `POST /api/orders/{id}/returns` (operators), with an `Idempotency-Key`: goods of a confirmed order come back. */
export const ReturnOrder = Type.Object(
  {
    lines: Type.Array(Type.Object({ lineNumber: Type.Integer({ minimum: 1 }), quantity: Quantity }, { additionalProperties: false }), {
      minItems: 1,
      maxItems: MAX_ORDER_LINES,
    }),
    reason: Type.String({ minLength: 1, maxLength: 200 }),
  },
  { additionalProperties: false },
)
export type ReturnOrder = Static<typeof ReturnOrder>

export const OrderStatus = Type.Union([
  Type.Literal('placed'),
  Type.Literal('confirmed'),
  Type.Literal('rejected'),
  Type.Literal('cancelling'),
  Type.Literal('cancelled'),
])
export type OrderStatus = Static<typeof OrderStatus>

/** Why an order was rejected. `detail` is a sentence for people. */
export const RejectReason = Type.Union([Type.Literal('out_of_stock'), Type.Literal('payment_declined')])
export type RejectReason = Static<typeof RejectReason>

/** `lineNumber` counts from 1 in the order of the request; amounts are minor units of the order's currency. */
export const OrderLine = Type.Object({
  lineNumber: Type.Integer(),
  sku: Type.String(),
  name: Type.String(),
  quantity: Type.Integer(),
  unitPrice: MinorUnits,
  lineTotal: MinorUnits,
})
export type OrderLine = Static<typeof OrderLine>

export const OrderTotals = Type.Object({ items: MinorUnits, total: MinorUnits })
export type OrderTotals = Static<typeof OrderTotals>

/** An order that waits longer than it should says here for what and since when. */
export const Attention = Type.Object({ reason: Type.String(), since: Type.String() })
export type Attention = Static<typeof Attention>

/** An order as its owner and operators see it. `version` rises by one with every change. */
export const Order = Type.Object({
  id: Type.String(),
  number: Type.String(),
  customerId: Type.String(),
  status: OrderStatus,
  version: Type.Integer(),
  currency: Currency,
  totals: OrderTotals,
  lines: Type.Array(OrderLine),
  reason: Type.Union([RejectReason, Type.Null()]),
  detail: Type.Union([Type.String(), Type.Null()]),
  attention: Type.Union([Attention, Type.Null()]),
  /** Units returned so far by line number, e.g. `{"3": 2}`. */
  returned: Type.Record(Type.String(), Type.Integer()),
  refunded: MinorUnits,
  placedAt: Type.String(),
  updatedAt: Type.String(),
})
export type Order = Static<typeof Order>

/** One row of `GET /api/orders`, newest first: an order without its lines. */
export const OrderSummary = Type.Object({
  id: Type.String(),
  number: Type.String(),
  customerId: Type.String(),
  status: OrderStatus,
  version: Type.Integer(),
  currency: Currency,
  totals: OrderTotals,
  lineCount: Type.Integer(),
  placedAt: Type.String(),
  updatedAt: Type.String(),
})
export type OrderSummary = Static<typeof OrderSummary>

export const OrderPage = Type.Object({
  orders: Type.Array(OrderSummary),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
})
export type OrderPage = Static<typeof OrderPage>

/** One row of `GET /api/orders/{id}/events`: what happened to the order, oldest first, versions 1..n without a gap. */
export const OrderHistoryEntry = Type.Object({
  version: Type.Integer(),
  type: Type.String(),
  status: OrderStatus,
  at: Type.String(),
  detail: Type.Union([Type.String(), Type.Null()]),
})
export type OrderHistoryEntry = Static<typeof OrderHistoryEntry>

export const OrderHistory = Type.Object({ events: Type.Array(OrderHistoryEntry) })
export type OrderHistory = Static<typeof OrderHistory>
