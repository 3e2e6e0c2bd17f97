import { type Static, Type } from 'typebox'

/** An amount in minor units (cents, pence, won) of the currency that stands beside it. */
export const MinorUnits = Type.Integer({ minimum: 0, maximum: 9_000_000_000_000 })
export type MinorUnits = Static<typeof MinorUnits>

/** ISO 4217 code, e.g. `GBP`. */
export const Currency = Type.String({ pattern: '^[A-Z]{3}$' })
export type Currency = Static<typeof Currency>
