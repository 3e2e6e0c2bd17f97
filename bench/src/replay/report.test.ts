import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLatency } from '../latency.ts'
import { createCatalogue } from './catalogue.ts'
import type { InvoiceLine, Sale } from './invoices.ts'
import { makePlan } from './plan.ts'
import { findDifferences, makeReport } from './report.ts'
import { formatReport } from './report-text.ts'
import type { SaleResult } from './results.ts'

const NO_LATENCY = createLatency().percentiles()

function aPlan(invoices: InvoiceLine[][]) {
  const numbered = invoices.map((lines, index) => ({ number: `${index + 1}`, at: '', customer: '1', country: '', lines }))
  return makePlan({ contentHash: 'f'.repeat(64), lineCount: 0, invoices: numbered, catalogue: createCatalogue() })
}

/** What an honest shop makes of a sale. */
function resultOf(sale: Sale, wish: 'confirmed' | 'rejected' | 'refused'): SaleResult {
  if (sale.lines.length === 0) return { status: 'skipped' }
  const totalMinor = sale.lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0)
  const orderId = `o${sale.invoice}`
  if (wish === 'confirmed') return { status: 'confirmed', orderId, totalMinor }
  if (wish === 'rejected') return { status: 'rejected', orderId, totalMinor, reason: 'out_of_stock' }
  return { status: 'refused', reason: 'unknown-product', detail: '422 Unprocessable' }
}

const price = fc.oneof(
  fc.integer({ min: 0, max: 100_000 }).map((pence) => BigInt(pence) * 10_000n),
  fc.integer({ min: -9_999, max: 99_999 }).map(BigInt),
)
const line = fc.record({ sku: fc.constantFrom('85123A', 'POST', '*'), quantity: fc.integer({ min: -50, max: 100_000 }), price })
const wish = fc.constantFrom('confirmed' as const, 'rejected' as const, 'refused' as const)

test('whatever the invoices and outcomes: file = confirmed + rejected + skipped, and every sale is accounted for', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(line, { minLength: 1, maxLength: 6 }), { maxLength: 12 }),
      fc.infiniteStream(wish),
      (invoices, wishes) => {
        const plan = aPlan(invoices)
        const sales = plan.timeline.filter((entry) => entry.kind === 'sale')
        const results = {
          sales: new Map(sales.map((sale) => [sale.invoice, resultOf(sale, wishes.next().value)])),
          cancellations: new Map(),
        }
        const report = makeReport(plan, results, NO_LATENCY)
        expect(report.confirmedMinor + report.rejectedMinor + report.skippedMinor).toBe(report.fileMinor)
        const rejected = Object.values(report.rejected).reduce((sum, count) => sum + count, 0)
        expect(report.confirmed + rejected + report.salesSkipped).toBe(report.salesRead)
        const refused = Object.entries(report.rejected).filter(([reason]) => reason.startsWith('refused:'))
        expect(findDifferences(plan, results, report)).toHaveLength(refused.length)
      },
    ),
  )
})

const ONE_SALE = [[{ sku: '85123A', quantity: 2, price: 2_550_000n }]]

function differencesOf(result: SaleResult | undefined) {
  const plan = aPlan(ONE_SALE)
  const results = { sales: new Map(result ? [['1', result]] : []), cancellations: new Map() }
  return findDifferences(plan, results, makeReport(plan, results, NO_LATENCY)).join(' ')
}

test('a difference to the file is named', () => {
  expect(differencesOf({ status: 'confirmed', orderId: 'o1', totalMinor: 510 })).toBe('')
  expect(differencesOf({ status: 'confirmed', orderId: 'o1', totalMinor: 509 })).toMatch(
    "1 orders have another total than the file, the first is invoice 1. The file's sales are worth GBP 5.10, but GBP 5.09 is accounted for: GBP -0.01.",
  )
  expect(differencesOf({ status: 'unsettled', orderId: 'o1', totalMinor: 510 })).toMatch('1 orders have no outcome, the first is order o1.')
  expect(differencesOf({ status: 'refused', reason: 'x', detail: '422 No' })).toMatch(
    '1 sales were refused, the first is invoice 1: 422 No.',
  )
  expect(differencesOf(undefined)).toMatch('1 sales were not replayed, the first is invoice 1.')
})

test('the table tells the counts, the money and the verdict', () => {
  const plan = aPlan(ONE_SALE)
  const results = { sales: new Map([['1', { status: 'confirmed', orderId: 'o1', totalMinor: 510 } as const]]), cancellations: new Map() }
  const text = formatReport(makeReport(plan, results, NO_LATENCY), [])
  expect(text).toMatch(/Sales read +1\n/)
  expect(text).toMatch(/in confirmed orders +GBP 5\.10\n/)
  expect(text).toMatch(/Everything reconciles\.\n$/)
})
