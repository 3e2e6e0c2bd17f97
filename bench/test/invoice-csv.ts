import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const HEADER = 'invoice_no,stock_code,description,quantity,invoice_date,unit_price,customer_id,country'

/** One line of a file; what is not given is ordinary. */
export function aRow(
  row: Partial<Record<'invoice' | 'code' | 'description' | 'quantity' | 'at' | 'price' | 'customer' | 'country', string>>,
) {
  const { invoice = '536365', code = '85123A', description = 'LANTERN', quantity = '1' } = row
  const { at = '2010-12-01T08:26:00', price = '2.55', customer = '17850', country = 'United Kingdom' } = row
  return [invoice, code, description, quantity, at, price, customer, country].map(quoted).join(',')
}

/** A file's text: the header and these rows. */
export function csvOf(...rows: string[]): string {
  return `${[HEADER, ...rows].join('\n')}\n`
}

/** Writes a file into a new temporary folder and answers its path. */
export function aFile(content: string | Uint8Array, name = 'invoices.csv'): string {
  const path = join(mkdtempSync(join(tmpdir(), 'order-flow-replay-')), name)
  writeFileSync(path, content)
  return path
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
