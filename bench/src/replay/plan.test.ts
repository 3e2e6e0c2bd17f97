import { expect, test } from 'vitest'
import { aFile, aRow, csvOf } from '../../test/invoice-csv.ts'
import { readInvoiceFile } from './invoice-file.ts'
import { makePlan } from './plan.ts'

async function aPlan(rows: string[], limit?: number) {
  return makePlan(await readInvoiceFile(aFile(csvOf(...rows))), limit)
}

const ROWS = [
  aRow({ invoice: '1', at: '2010-12-01T08:26:00', quantity: '2' }),
  aRow({ invoice: '9', at: '2010-12-01T08:27:00', price: '0', quantity: '-1', customer: '' }),
  aRow({ invoice: 'C3', at: '2010-12-01T08:40:00', quantity: '-2' }),
  aRow({ invoice: '4', at: '2010-12-01T08:30:00', quantity: '5', customer: '', country: 'EIRE' }),
]

test('the timeline is in time order, whatever the order of lines and numbers', async () => {
  const plan = await aPlan(ROWS)
  expect(plan.timeline.map(({ invoice }) => invoice)).toEqual(['1', '4', 'C3'])
  expect(plan.others).toMatchObject([{ reason: 'stock_written_down', lineCount: 1 }])
  expect(plan.cancellations.get('C3')?.undoings).toEqual([{ sale: '1', kind: 'cancel' }])
})

test('a limit ends the timeline before the next sale; products, stock and accounts stay those of the whole file', async () => {
  const [all, limited] = [await aPlan(ROWS), await aPlan(ROWS, 1)]
  expect(limited.timeline.map(({ invoice }) => invoice)).toEqual(['1'])
  expect(limited.others).toHaveLength(1)
  expect(limited.products).toEqual(all.products)
  expect(limited.products[0]).toMatchObject({ sku: '85123A', stock: 7 })
  expect(limited.accounts).toEqual([
    { reference: 'online-retail:17850', name: 'Customer 17850' },
    { reference: 'online-retail:guest:EIRE', name: 'Guest (EIRE)' },
  ])
  expect(limited.keyPrefix).toBe(all.keyPrefix)
})
