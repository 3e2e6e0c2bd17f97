import { expect, test } from 'vitest'
import { classifyInvoice, type Invoice, type InvoiceLine } from './invoices.ts'

function anInvoice(number: string, ...lines: Partial<InvoiceLine>[]): Invoice {
  const full = lines.map((line) => ({ sku: '85123A', quantity: 1, price: 2_550_000n, ...line }))
  return { number, at: '2010-12-01T08:26:00', customer: '17850', country: 'United Kingdom', lines: full }
}

test('a sale orders its lines at their prices in pence, in file order', () => {
  const sale = classifyInvoice(anInvoice('1', { quantity: 2 }, { sku: 'POST', price: 18_000_000n }, { price: 2_950_000n }))
  expect(sale).toMatchObject({
    kind: 'sale',
    customer: 'online-retail:17850',
    lines: [
      { sku: '85123A', quantity: 2, unitPrice: 255 },
      { sku: 'POST', quantity: 1, unitPrice: 1800 },
      { sku: '85123A', quantity: 1, unitPrice: 295 },
    ],
    skipped: {},
    skippedMicros: 0n,
  })
})

test('a free line of a sale is ordered at 0', () => {
  expect(classifyInvoice(anInvoice('1', {}, { price: 0n }))).toMatchObject({ lines: [{ unitPrice: 255 }, { unitPrice: 0 }], skipped: {} })
})

test('lines that cannot be ordered are skipped by reason, with their money', () => {
  const sale = classifyInvoice(
    anInvoice('1', {}, { price: 1_000n, quantity: 60 }, { quantity: -3 }, { price: -1n }, { quantity: 1_000_001 }, { sku: '*' }),
  )
  expect(sale).toMatchObject({
    lines: [{ unitPrice: 255 }],
    skipped: {
      price_not_whole_pence: 1,
      quantity_not_positive: 1,
      negative_price: 1,
      quantity_above_1000000: 1,
      unusable_stock_code: 1,
    },
    skippedMicros: 60_000n - 7_650_000n - 1n + 1_000_001n * 2_550_000n + 2_550_000n,
  })
})

test('a sale of which only free lines could be ordered is skipped whole', () => {
  expect(classifyInvoice(anInvoice('1', { price: 1_000n }, { price: 0n }))).toMatchObject({
    kind: 'sale',
    lines: [],
    skipped: { price_not_whole_pence: 1, nothing_to_pay: 1 },
    skippedMicros: 1_000n,
  })
})

test('a sale above the longest order is skipped whole', () => {
  const sale = classifyInvoice(anInvoice('1', ...Array.from({ length: 2001 }, () => ({}))))
  expect(sale).toMatchObject({ lines: [], skipped: { sale_above_2000_lines: 2001 } })
})

test('buyers without a number share a guest account per country', () => {
  expect(classifyInvoice({ ...anInvoice('1', {}), customer: '' })).toMatchObject({ customer: 'online-retail:guest:United Kingdom' })
})

test('an invoice with the letter C takes its quantities back', () => {
  expect(classifyInvoice(anInvoice('C1', { quantity: -2 }))).toMatchObject({
    kind: 'cancellation',
    customer: 'online-retail:17850',
    lines: [{ sku: '85123A', quantity: 2 }],
    fileMicros: -5_100_000n,
  })
})

test('other invoices are told apart: written down, free, adjustment', () => {
  const reasons = [
    anInvoice('1', { price: 0n, quantity: -1 }),
    anInvoice('2', { price: 0n }),
    anInvoice('A3', { price: -11_062_060_000n }),
    anInvoice('A4', {}),
  ].map((invoice) => classifyInvoice(invoice))
  expect(reasons.map((other) => other.kind === 'other' && other.reason)).toEqual([
    'stock_written_down',
    'free_or_written_up',
    'adjustment',
    'adjustment',
  ])
})
