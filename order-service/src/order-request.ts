import { hash } from 'node:crypto'
import type { OrderLine, OrderTotals, PlaceOrder } from '@order-flow/contracts'
import { AppError } from '@order-flow/service-kit'

/** What the order needs to know of a product: the shop's own name and price. */
export interface Product {
  sku: string
  name: string
  unitPrice: number
  currency: string
}

const MAX_TOTAL = 9_000_000_000_000

export interface PricedOrder {
  currency: string
  totals: OrderTotals
  lines: OrderLine[]
}

/**
 * Prices a request with the shop's prices, or the agreed ones an operator gave. Errors: `unprocessable` for unknown
 * products, several currencies or a total beyond 9 * 10^12 minor units.
 */
export function priceOrder(request: PlaceOrder, products: ReadonlyMap<string, Product>): PricedOrder {
  const unknown = new Set(request.lines.filter(({ sku }) => !products.has(sku)).map(({ sku }) => sku))
  if (unknown.size > 0) {
    const skus = [...unknown].slice(0, 10)
    throw new AppError('unprocessable', `There is no product ${skus.join(', ')}.`, { problem: 'unknown-product', facts: { skus } })
  }
  const currencies = new Set<string>()
  let total = 0
  const lines = request.lines.map(({ sku, quantity, unitPrice: agreed }, index) => {
    const product = products.get(sku)
    if (!product) throw new AppError('internal', `Product ${sku} vanished while pricing.`)
    currencies.add(product.currency)
    const unitPrice = agreed ?? product.unitPrice
    const lineTotal = unitPrice * quantity
    total += lineTotal
    return { lineNumber: index + 1, sku, name: product.name, quantity, unitPrice, lineTotal }
  })
  const [currency] = currencies
  if (currencies.size !== 1 || !currency) {
    throw new AppError('unprocessable', `An order has one currency; these products have ${[...currencies].join(', ')}.`, {
      problem: 'mixed-currencies',
    })
  }
  if (total > MAX_TOTAL) throw new AppError('unprocessable', `The total is above ${MAX_TOTAL} minor units.`, { problem: 'total-too-large' })
  return { currency, totals: { items: total, total }, lines }
}

/** Tells whether two requests under one Idempotency-Key are the same, whatever the order of members in their JSON. */
export function fingerprintOf(request: PlaceOrder): string {
  const { customerId = null, lines, payment } = request
  const canonical = [
    customerId,
    payment.method,
    payment.token,
    lines.map(({ sku, quantity, unitPrice = null }) => [sku, quantity, unitPrice]),
  ]
  return hash('sha256', JSON.stringify(canonical), 'base64url')
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ' // Crockford's: no I, L, O, U to misread

/** The number people read out, from the random end of the order's UUIDv7: 60 bits, so it neither counts orders nor repeats. */
export function orderNumber(orderId: string): string {
  const digits = orderId.replaceAll('-', '').slice(-15)
  return [digits.slice(0, 5), digits.slice(5, 10), digits.slice(10)].map(fourCharacters).join('-')
}

/** Five hexadecimal digits are 20 bits, and so are four characters. */
function fourCharacters(hex: string): string {
  const bits = Number.parseInt(hex, 16)
  return `${ALPHABET[bits >> 15]}${ALPHABET[(bits >> 10) & 31]}${ALPHABET[(bits >> 5) & 31]}${ALPHABET[bits & 31]}`
}
