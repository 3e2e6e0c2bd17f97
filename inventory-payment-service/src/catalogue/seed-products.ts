import { ProductChange, Sku } from '@order-flow/contracts'
import { Type } from 'typebox'

/** Products and their first stock, as a file lists them. */
export const SeedProducts = Type.Array(
  Type.Object({ ...ProductChange.properties, sku: Sku, onHand: Type.Integer({ minimum: 0 }) }, { additionalProperties: false }),
)
