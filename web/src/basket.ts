import type { Product } from '@order-flow/contracts'

/** What was put in the basket, with the words and price seen then; the shop's own are asked for before paying. */
export interface BasketLine {
  sku: string
  name: string
  category: string
  unitPrice: number
  currency: string
  quantity: number
}

export type Basket = readonly BasketLine[]

export const MAX_BASKET_LINES = 100
export const MAX_QUANTITY = 999

/** Adds to the product's line, or a new line at the end; a full basket stays as it is. */
export function addToBasket(basket: Basket, product: Product, quantity = 1): Basket {
  const there = basket.find((line) => line.sku === product.sku)
  if (there) return setQuantity(basket, product.sku, there.quantity + quantity)
  if (basket.length >= MAX_BASKET_LINES) return basket
  const { sku, name, category, unitPrice, currency } = product
  return [...basket, { sku, name, category, unitPrice, currency, quantity: clampQuantity(quantity) }]
}

/** Sets a line's quantity, at most MAX_QUANTITY; below 1 the line goes. */
export function setQuantity(basket: Basket, sku: string, quantity: number): Basket {
  if (quantity < 1) return basket.filter((line) => line.sku !== sku)
  return basket.map((line) => (line.sku === sku ? { ...line, quantity: clampQuantity(quantity) } : line))
}

/** How many things are in the basket. */
export function basketCount(basket: Basket): number {
  return basket.reduce((count, line) => count + line.quantity, 0)
}

/** The sum of lines in minor units, one per currency. */
export function basketTotals(
  lines: readonly { unitPrice: number; quantity: number; currency: string }[],
): { currency: string; amount: number }[] {
  const sums = new Map<string, number>()
  for (const { currency, unitPrice, quantity } of lines) sums.set(currency, (sums.get(currency) ?? 0) + unitPrice * quantity)
  return [...sums].map(([currency, amount]) => ({ currency, amount }))
}

/** Reads what `JSON.stringify` kept; anything that is no basket line is left out. */
export function parseBasket(text: string | null): Basket {
  try {
    const kept: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(kept) ? kept.filter(isBasketLine).slice(0, MAX_BASKET_LINES) : []
  } catch {
    return []
  }
}

function isBasketLine(value: unknown): value is BasketLine {
  if (typeof value !== 'object' || value === null) return false
  const line: Partial<Record<keyof BasketLine, unknown>> = value
  const texts = [line.sku, line.name, line.category, line.currency].every((text) => typeof text === 'string')
  const quantity = line.quantity
  return texts && Number.isInteger(line.unitPrice) && typeof quantity === 'number' && quantity === clampQuantity(quantity)
}

function clampQuantity(quantity: number): number {
  return Math.min(MAX_QUANTITY, Math.max(1, Math.trunc(quantity)))
}
