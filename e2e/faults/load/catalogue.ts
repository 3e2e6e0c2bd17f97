import type { Random } from '../random.ts'
import { type Customer, granted } from './customer.ts'

/** What the suite sells. Prices never change, so that every total can be told. */
export interface Catalogue {
  /** Everybody wants it; there is plenty. */
  hot: string
  /** Plenty of each. */
  spread: readonly string[]
  /** A few units of each: they sell out. */
  scarce: readonly string[]
  /** Price of one unit, minor units of `CURRENCY`. */
  priceOf: Map<string, number>
}

export const CURRENCY = 'USD'
const PLENTY = 10_000_000
const FEW = 40
const SPREAD_PRODUCTS = 40
const SCARCE_PRODUCTS = 5

/** Makes the products, as an operator, and waits until order-service knows them. */
export async function makeCatalogue(operator: Customer): Promise<Catalogue> {
  const spread = numbered('FAULT-SPREAD', SPREAD_PRODUCTS)
  const scarce = numbered('FAULT-SCARCE', SCARCE_PRODUCTS)
  const hot = 'FAULT-HOT'
  const priceOf = new Map([hot, ...spread, ...scarce].map((sku, index) => [sku, 100 + 37 * index]))
  await Promise.all(
    [...priceOf].map(([sku, unitPrice]) => makeProduct(operator, { sku, unitPrice, units: scarce.includes(sku) ? FEW : PLENTY })),
  )
  return { hot, spread, scarce, priceOf }
}

/** Makes a product with so many units; what exists already is left as it is. */
export async function makeProduct(
  operator: Customer,
  { sku, unitPrice, units }: { sku: string; unitPrice: number; units: number },
): Promise<void> {
  const product = { name: `Product ${sku}`, category: 'Faults', unitPrice, currency: CURRENCY }
  granted(await operator.insist((shop) => shop.changeProduct(sku, product)))
  granted(
    await operator.insist((shop) => shop.moveStock(sku, { kind: 'receipt', quantity: units, reason: 'Fault suite' }, `faults-${sku}`)),
  )
}

/** Tokens of the payment provider that do something else than pay at once, one unknown to it among them. */
const OTHER_TOKENS = [
  'tok_declined',
  'tok_insufficient_funds',
  'tok_slow',
  'tok_timeout',
  'tok_timeout_declined',
  'tok_unknown_to_the_provider',
] as const

/** Mostly the card that pays, at times each of the others. */
export function someToken(random: Random): string {
  return random.chance(0.6) ? 'tok_visa' : random.pick(OTHER_TOKENS)
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_product, index) => `${prefix}-${String(index + 1).padStart(2, '0')}`)
}
