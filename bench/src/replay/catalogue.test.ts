import { expect, test } from 'vitest'
import { categoryOf, createCatalogue } from './catalogue.ts'
import { classifyInvoice } from './invoices.ts'

const PENNY = 10_000n

test('name and list price are the most frequent ones, whatever the notes on unpriced lines say', () => {
  const catalogue = createCatalogue()
  const line = (description: string, pence: bigint) => catalogue.add({ sku: '85123A', description, price: pence * PENNY })
  line('LANTERN', 255n)
  line('WHITE LANTERN', 295n)
  line('WHITE LANTERN', 295n)
  for (let times = 0; times < 5; times++) line('damaged', 0n)
  expect(catalogue.products([])).toEqual([
    {
      sku: '85123A',
      change: { name: 'WHITE LANTERN', category: 'Lighting and candles', unitPrice: 295, currency: 'GBP', tracksStock: true },
      stock: 0,
    },
  ])
})

test('only product-shaped codes have stock: the units that the file sells', () => {
  const catalogue = createCatalogue()
  for (const sku of ['85123A', 'POST']) catalogue.add({ sku, description: '', price: 255n * PENNY })
  const lines = [
    { sku: '85123A', quantity: 3, price: 255n * PENNY },
    { sku: '85123A', quantity: 4, price: 0n },
    { sku: 'POST', quantity: 1, price: 255n * PENNY },
  ]
  const sale = classifyInvoice({ number: '1', at: '', customer: '', country: '', lines })
  const products = catalogue.products(sale.kind === 'sale' ? [sale] : [])
  expect(products.map(({ sku, change, stock }) => [sku, change.name, change.tracksStock, stock])).toEqual([
    ['85123A', '85123A', true, 7],
    ['POST', 'POST', false, 0],
  ])
})

test('a code that no product can have is left out', () => {
  const catalogue = createCatalogue()
  catalogue.add({ sku: '', description: 'x', price: PENNY })
  expect(catalogue.products([])).toEqual([])
})

test('the category comes from the words of the name, the more telling ones first', () => {
  const names = ['CHRISTMAS CANDLE', 'Glass Lantern', 'JUMBO BAG RED', 'SOMETHING ELSE']
  expect(names.map(categoryOf)).toEqual(['Christmas', 'Lighting and candles', 'Bags', 'Gifts'])
})
