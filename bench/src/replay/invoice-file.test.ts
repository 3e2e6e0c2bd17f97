import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { aFile, aRow, csvOf, HEADER } from '../../test/invoice-csv.ts'
import { readInvoiceFile } from './invoice-file.ts'

const CSV = csvOf(
  aRow({ invoice: '1', code: ' 85123a ', quantity: '6' }),
  aRow({ invoice: '2', at: '2010-12-01T08:27:00', description: 'A "RED", BAG', price: '0.001', customer: '' }),
  aRow({ invoice: '1', code: 'POST', price: '18' }),
)

test('lines of one invoice belong together, whatever stands between them', async () => {
  const { invoices, lineCount } = await readInvoiceFile(aFile(CSV))
  expect(lineCount).toBe(3)
  expect(invoices).toEqual([
    {
      number: '1',
      at: '2010-12-01T08:26:00',
      customer: '17850',
      country: 'United Kingdom',
      lines: [
        { sku: '85123A', quantity: 6, price: 2_550_000n },
        { sku: 'POST', quantity: 1, price: 18_000_000n },
      ],
    },
    {
      number: '2',
      at: '2010-12-01T08:27:00',
      customer: '',
      country: 'United Kingdom',
      lines: [{ sku: '85123A', quantity: 1, price: 1_000n }],
    },
  ])
})

test('a compressed file is the same file, whatever its name', async () => {
  const plain = await readInvoiceFile(aFile(CSV))
  const compressed = await readInvoiceFile(aFile(gzipSync(CSV), 'without-an-ending'))
  expect(compressed.contentHash).toBe(plain.contentHash)
  expect(compressed.invoices).toEqual(plain.invoices)
})

test('columns may stand in another order, after a byte order mark, with CRLF', async () => {
  const text =
    '\uFEFFcountry,customer_id,unit_price,invoice_date,quantity,description,stock_code,invoice_no,extra\r\nEIRE,1,2.5,2010-12-01T08:26:00,3,BAG,22633,7,x\r\n'
  const { invoices } = await readInvoiceFile(aFile(text))
  expect(invoices).toMatchObject([{ number: '7', country: 'EIRE', lines: [{ sku: '22633', quantity: 3, price: 2_500_000n }] }])
})

const cutGzip = gzipSync(CSV.repeat(50)).subarray(0, 150)
const damagedGzip = gzipSync(CSV)
damagedGzip.fill(255, 12, 30)

test.each([
  ['wrong columns', 'a,b,c\n1,2,3\n', /lacks the columns invoice_no, stock_code/],
  ['one column missing', CSV.replace(',country', ''), /lacks the column country;/],
  ['no lines', `${HEADER}\n`, /holds no invoices/],
  ['nothing at all', '', /holds no invoices/],
  ['a gzip file cut off', cutGzip, /is a gzip file that was cut off/],
  ['a damaged gzip file', damagedGzip, /is a damaged gzip file/],
  ['a line cut off', CSV.slice(0, -20), /is not a CSV file: .*line 4/],
  ['an open quote', csvOf('1,85123A,"OPEN,1,2010-12-01T08:26:00,1,1,UK'), /is not a CSV file: /],
  ['something else', Uint8Array.from({ length: 300 }, (_byte, index) => (index * 7) % 256), /is not text in UTF-8/],
  ['prose', 'This is a letter.\nIt has two lines.\n', /lacks the columns/],
  ['a quantity in words', csvOf(aRow({}), aRow({ quantity: 'two' })), /, line 3: quantity "two" is not a whole number/],
  ['a price in words', csvOf(aRow({ price: 'free' })), /, line 2: unit_price "free" is not a price/],
  ['another time format', csvOf(aRow({ at: '12/1/2010 8:26' })), /, line 2: invoice_date "12\/1\/2010 8:26" is not a time/],
  ['no invoice number', csvOf(aRow({ invoice: '' })), /, line 2: invoice_no "" is not an invoice number/],
])('%s is refused in one sentence', async (_what, content, message) => {
  const refusal = readInvoiceFile(aFile(content))
  await expect(refusal).rejects.toMatchObject({ name: 'Failure', exitCode: 2, message: expect.stringMatching(message) })
  await expect(refusal).rejects.toThrow(/^[^\n]*Nothing was changed\.$/)
})

test('a file that is not there, or is a folder, is refused in one sentence', async () => {
  await expect(readInvoiceFile('/nowhere/at/all.csv')).rejects.toThrow('/nowhere/at/all.csv does not exist. Nothing was changed.')
  await expect(readInvoiceFile('/')).rejects.toThrow('/ is a folder, not a file. Nothing was changed.')
})
