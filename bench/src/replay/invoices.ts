import { MAX_ORDER_LINES } from '@order-flow/contracts'
import { MICROS_PER_MINOR } from './money.ts'
import { isSku } from './stock-code.ts'

/** A line as the file has it, its code trimmed and upper-cased; `price` in millionths of a pound. */
export interface InvoiceLine {
  sku: string
  quantity: number
  price: bigint
}

/** All lines of one invoice number in file order, wherever they stand. `customer` is '' where the file has none. */
export interface Invoice {
  number: string
  /** Time of its first line, `YYYY-MM-DDTHH:MM:SS`. */
  at: string
  customer: string
  country: string
  lines: InvoiceLine[]
}

/** A line that is ordered; `unitPrice` in pence. Its line number in the order is its position here + 1. */
export interface SaleLine {
  sku: string
  quantity: number
  unitPrice: number
}

/** Lines left out, and why. */
export type Skipped = Record<string, number>

/** An invoice to replay as an order. `lines` is empty when nothing of it can be ordered. Money in millionths. */
export interface Sale {
  kind: 'sale'
  invoice: string
  at: string
  /** Reference of the account that buys. */
  customer: string
  lines: SaleLine[]
  skipped: Skipped
  fileMicros: bigint
  skippedMicros: bigint
}

/** An invoice that takes goods back, without saying from which sale. `customer` is undefined where the file has none. */
export interface Cancellation {
  kind: 'cancellation'
  invoice: string
  at: string
  customer: string | undefined
  lines: { sku: string; quantity: number }[]
  fileMicros: bigint
}

/** An invoice that is neither: stock written down or up, goods given away, an adjustment such as bad debt. */
export interface OtherInvoice {
  kind: 'other'
  reason: 'stock_written_down' | 'free_or_written_up' | 'adjustment'
  lineCount: number
  fileMicros: bigint
}

export type ClassifiedInvoice = Sale | Cancellation | OtherInvoice

const MAX_QUANTITY = 1_000_000

/** The reference under which a customer of the file is imported; buyers without a number share a guest per country. */
export function customerReference(customer: string, country: string): string {
  return customer === '' ? `online-retail:guest:${country || 'Unspecified'}` : `online-retail:${customer}`
}

/** What an invoice is: a sale has no letter and some line with quantity and price above 0; `C...` is a cancellation. */
export function classifyInvoice(invoice: Invoice): ClassifiedInvoice {
  if (/^C/i.test(invoice.number)) return cancellationOf(invoice)
  const letterless = /^\d+$/.test(invoice.number)
  if (letterless && invoice.lines.some((line) => line.quantity > 0 && line.price > 0n)) return saleOf(invoice)
  return { kind: 'other', reason: otherReason(invoice, letterless), lineCount: invoice.lines.length, fileMicros: worthOf(invoice.lines) }
}

function saleOf(invoice: Invoice): Sale {
  const skipped: Skipped = {}
  const ordered = invoice.lines.filter((line) => {
    const reason = skipReason(line)
    if (reason) skipped[reason] = (skipped[reason] ?? 0) + 1
    return reason === undefined
  })
  const obstacle = obstacleOf(ordered)
  if (obstacle) skipped[obstacle] = ordered.length
  const kept = obstacle ? [] : ordered
  const fileMicros = worthOf(invoice.lines)
  return {
    kind: 'sale',
    invoice: invoice.number,
    at: invoice.at,
    customer: customerReference(invoice.customer, invoice.country),
    lines: kept.map(({ sku, quantity, price }) => ({ sku, quantity, unitPrice: Number(price / MICROS_PER_MINOR) })),
    skipped,
    fileMicros,
    skippedMicros: fileMicros - worthOf(kept),
  }
}

/** Why a line of a sale cannot be ordered; undefined when it can. A price of 0 can: goods given along with a sale. */
function skipReason(line: InvoiceLine): string | undefined {
  if (line.quantity <= 0) return 'quantity_not_positive'
  if (line.quantity > MAX_QUANTITY) return 'quantity_above_1000000'
  if (line.price < 0n) return 'negative_price'
  if (line.price % MICROS_PER_MINOR !== 0n) return 'price_not_whole_pence'
  if (!isSku(line.sku)) return 'unusable_stock_code'
  return undefined
}

/** Why what is left of a sale cannot be an order. */
function obstacleOf(lines: InvoiceLine[]): string | undefined {
  if (lines.length > MAX_ORDER_LINES) return `sale_above_${MAX_ORDER_LINES}_lines`
  if (lines.length > 0 && lines.every((line) => line.price === 0n)) return 'nothing_to_pay'
  return undefined
}

function cancellationOf(invoice: Invoice): Cancellation {
  return {
    kind: 'cancellation',
    invoice: invoice.number,
    at: invoice.at,
    customer: invoice.customer === '' ? undefined : customerReference(invoice.customer, invoice.country),
    lines: invoice.lines.map(({ sku, quantity }) => ({ sku, quantity: -quantity })),
    fileMicros: worthOf(invoice.lines),
  }
}

function otherReason(invoice: Invoice, letterless: boolean): OtherInvoice['reason'] {
  if (!letterless || invoice.lines.some((line) => line.price !== 0n)) return 'adjustment'
  return invoice.lines.every((line) => line.quantity < 0) ? 'stock_written_down' : 'free_or_written_up'
}

/** What lines are worth, in millionths of a pound. */
function worthOf(lines: InvoiceLine[]): bigint {
  return lines.reduce((sum, line) => sum + BigInt(line.quantity) * line.price, 0n)
}
