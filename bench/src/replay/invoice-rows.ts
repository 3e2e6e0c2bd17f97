import { EXIT, Failure } from '../command.ts'
import type { Catalogue } from './catalogue.ts'
import type { Invoice } from './invoices.ts'
import { parsePrice } from './money.ts'
import { skuOf } from './stock-code.ts'

/** The columns a file must have, in any order; others are ignored. */
export const COLUMNS = [
  'invoice_no',
  'stock_code',
  'description',
  'quantity',
  'invoice_date',
  'unit_price',
  'customer_id',
  'country',
] as const

type Column = (typeof COLUMNS)[number]

const INVOICE_NUMBER = /^[A-Za-z0-9]{1,20}$/
const QUANTITY = /^-?\d{1,9}$/
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/
const MAX_TEXT = 60

/**
 * Turns the rows of a file, its header first, into invoices, and tells `catalogue` of every line. Lines of one invoice are
 * collected by its number, as another invoice may stand between them. A wrong row is a Failure that names its line.
 */
export function createInvoiceRows(path: string, catalogue: Pick<Catalogue, 'add'>) {
  const invoices = new Map<string, Invoice>()
  const shared = createShared()
  let columns: Record<Column, number> | undefined
  let lineCount = 0

  function addRow(record: string[], at: Record<Column, number>, lineNumber: number): void {
    const field = (column: Column) => record[at[column]]?.trim() ?? ''
    const text = (column: Column, form: RegExp, what: string) => {
      const value = field(column)
      if (!form.test(value)) throw wrong(path, lineNumber, `${column} "${value.slice(0, MAX_TEXT)}" is not ${what}`)
      return value
    }
    const number = text('invoice_no', INVOICE_NUMBER, 'an invoice number')
    const quantity = Number(text('quantity', QUANTITY, 'a whole number'))
    const time = text('invoice_date', TIME, 'a time like 2010-12-01T08:26:00')
    const price = shared.price(field('unit_price'))
    if (price === undefined)
      throw wrong(path, lineNumber, `unit_price "${field('unit_price').slice(0, MAX_TEXT)}" is not a price like 2.55`)
    const sku = shared.text(skuOf(field('stock_code')))
    const invoice = invoices.get(number) ?? {
      number,
      at: time,
      customer: shared.text(field('customer_id').slice(0, MAX_TEXT)),
      country: shared.text(field('country').slice(0, MAX_TEXT)),
      lines: [],
    }
    invoices.set(number, invoice)
    invoice.lines.push({ sku, quantity, price })
    catalogue.add({ sku, description: shared.text(field('description')), price })
    lineCount += 1
  }

  return {
    /** `lineNumber` is where the row ends in the file. */
    add(record: string[], lineNumber: number): void {
      if (columns) addRow(record, columns, lineNumber)
      else columns = columnsOf(path, record)
    },

    finish(): { lineCount: number; invoices: Invoice[] } {
      if (lineCount === 0) throw new Failure(EXIT.badInput, `${path} holds no invoices. Nothing was changed.`)
      return { lineCount, invoices: [...invoices.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)) }
    },
  }
}

/** One copy of each text and price, however often the file repeats it: a year of lines fits into little memory. */
function createShared() {
  const texts = new Map<string, string>()
  const prices = new Map<string, bigint | undefined>()
  return {
    text(value: string): string {
      const known = texts.get(value)
      if (known === undefined) texts.set(value, value)
      return known ?? value
    },
    price(value: string): bigint | undefined {
      if (!prices.has(value)) prices.set(value, parsePrice(value))
      return prices.get(value)
    },
  }
}

function columnsOf(path: string, header: string[]): Record<Column, number> {
  const names = header.map((name) => name.trim().toLowerCase())
  const missing = COLUMNS.filter((column) => !names.includes(column))
  if (missing.length > 0) {
    const expected = `expected are ${COLUMNS.join(',')}`
    throw new Failure(
      EXIT.badInput,
      `${path} lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}; ${expected}. Nothing was changed.`,
    )
  }
  const at = (column: Column) => names.indexOf(column)
  return {
    invoice_no: at('invoice_no'),
    stock_code: at('stock_code'),
    description: at('description'),
    quantity: at('quantity'),
    invoice_date: at('invoice_date'),
    unit_price: at('unit_price'),
    customer_id: at('customer_id'),
    country: at('country'),
  }
}

function wrong(path: string, lineNumber: number, trouble: string): Failure {
  return new Failure(EXIT.badInput, `${path}, line ${lineNumber}: ${trouble}. Nothing was changed.`)
}
