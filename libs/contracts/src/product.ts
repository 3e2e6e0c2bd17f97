import { type Static, Type } from 'typebox'
import { Currency, MinorUnits } from './money.ts'

/** What a product is called in orders, stock and events. Case matters. */
export const Sku = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$' })

const descriptive = {
  name: Type.String({ minLength: 1, maxLength: 200 }),
  category: Type.String({ minLength: 1, maxLength: 60 }),
  description: Type.String({ maxLength: 2000 }),
  /** List price of one unit, in minor units of `currency`. */
  unitPrice: MinorUnits,
  currency: Currency,
  /** False for what is sold without counting it: postage, services, gift cards. */
  tracksStock: Type.Boolean(),
}

/** `PUT /api/products/{sku}` (operators): makes or changes a product; its stock is left alone. */
export const ProductChange = Type.Object(
  {
    name: descriptive.name,
    category: descriptive.category,
    description: Type.Optional(descriptive.description),
    unitPrice: descriptive.unitPrice,
    currency: descriptive.currency,
    tracksStock: Type.Optional(descriptive.tracksStock),
  },
  { additionalProperties: false },
)
export type ProductChange = Static<typeof ProductChange>

/** A product as customers see it. `available` is null where stock is not tracked. */
export const Product = Type.Object({
  sku: Type.String(),
  ...descriptive,
  available: Type.Union([Type.Integer(), Type.Null()]),
  version: Type.Integer(),
})
export type Product = Static<typeof Product>

/** `GET /api/products?search=&category=&cursor=&limit=`: sorted by name; `nextCursor` is null on the last page. */
export const ProductPage = Type.Object({
  products: Type.Array(Product),
  categories: Type.Array(Type.Object({ name: Type.String(), count: Type.Integer() })),
  total: Type.Integer(),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
})
export type ProductPage = Static<typeof ProductPage>

/**
 * `POST /api/products/{sku}/stock` (operators), with an `Idempotency-Key`: goods received (`quantity` above 0) or a
 * count corrected (either sign). Refused when stock would fall below what is already promised.
 */
export const StockMovement = Type.Object(
  {
    kind: Type.Union([Type.Literal('receipt'), Type.Literal('correction')]),
    quantity: Type.Integer({ minimum: -1_000_000_000, maximum: 1_000_000_000 }),
    reason: Type.String({ minLength: 1, maxLength: 200 }),
  },
  { additionalProperties: false },
)
export type StockMovement = Static<typeof StockMovement>

/** `onHand` units are in the shop, `reserved` of them promised to orders; `available` is the difference. */
export const StockLevel = Type.Object({
  sku: Type.String(),
  onHand: Type.Integer(),
  reserved: Type.Integer(),
  available: Type.Integer(),
})
export type StockLevel = Static<typeof StockLevel>
