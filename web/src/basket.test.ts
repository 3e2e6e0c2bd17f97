import type { Product } from '@order-flow/contracts'
import { expect, test } from 'vitest'
import { addToBasket, type Basket, basketCount, basketTotals, MAX_BASKET_LINES, MAX_QUANTITY, parseBasket, setQuantity } from './basket.ts'

const aProduct = (sku: string, more: Partial<Product> = {}): Product => ({
  sku,
  name: `The ${sku}`,
  category: 'Kitchen',
  description: '',
  unitPrice: 250,
  currency: 'GBP',
  tracksStock: true,
  available: 5,
  version: 1,
  ...more,
})

const full = (): Basket =>
  Array.from({ length: MAX_BASKET_LINES }, (_, n) => n).reduce((basket: Basket, n) => addToBasket(basket, aProduct(`S${n}`)), [])

test('a product added twice stands on one line', () => {
  const basket = addToBasket(addToBasket([], aProduct('MUG')), aProduct('MUG'), 2)
  expect(basket).toMatchObject([{ sku: 'MUG', quantity: 3 }])
  expect(basketCount(basket)).toBe(3)
})

test('a quantity below one removes the line, and one above the limit is cut', () => {
  const basket = addToBasket([], aProduct('MUG'))
  expect(setQuantity(basket, 'MUG', 0)).toEqual([])
  expect(setQuantity(basket, 'MUG', 5000)).toMatchObject([{ quantity: MAX_QUANTITY }])
})

test('a full basket takes no new line but more of what it has', () => {
  const basket = full()
  expect(addToBasket(basket, aProduct('NEW'))).toBe(basket)
  expect(basketCount(addToBasket(basket, aProduct('S0')))).toBe(MAX_BASKET_LINES + 1)
})

test('totals are summed for each currency', () => {
  const basket = addToBasket(
    addToBasket(addToBasket([], aProduct('A'), 2), aProduct('B')),
    aProduct('C', { currency: 'KRW', unitPrice: 9000 }),
  )
  expect(basketTotals(basket)).toEqual([
    { currency: 'GBP', amount: 750 },
    { currency: 'KRW', amount: 9000 },
  ])
})

test('a kept basket is read back, and what is no line is left out', () => {
  const basket = addToBasket([], aProduct('MUG'))
  expect(parseBasket(JSON.stringify([...basket, null, { sku: 'X' }, { ...basket[0], quantity: 0 }]))).toEqual(basket)
  expect(parseBasket('{"sku":')).toEqual([])
  expect(parseBasket('"text"')).toEqual([])
  expect(parseBasket(null)).toEqual([])
})
