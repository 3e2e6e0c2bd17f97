import { type MatchedCancellation, matchCancellations } from './cancellations.ts'
import type { CatalogueProduct } from './catalogue.ts'
import type { InvoiceFile } from './invoice-file.ts'
import { type Cancellation, classifyInvoice, customerReference, type Invoice, type OtherInvoice, type Sale } from './invoices.ts'

/** An account to import. */
export interface PlannedAccount {
  reference: string
  name: string
}

/** Everything a replay does, known before it does anything. */
export interface Plan {
  /** Begins every `Idempotency-Key`, so that the same file never does anything twice. */
  keyPrefix: string
  products: CatalogueProduct[]
  accounts: PlannedAccount[]
  /** Sales and cancellations in time order. */
  timeline: (Sale | Cancellation)[]
  /** By the cancellation's invoice number. */
  cancellations: Map<string, MatchedCancellation>
  /** Invoices within the same time that are neither. */
  others: OtherInvoice[]
}

/**
 * Plans the replay of a file up to its `limit`-th sale (default: all of it). Products, their stock and the accounts are
 * those of the whole file, so that a longer replay later finds them as they are.
 */
export function makePlan(file: InvoiceFile, limit = Number.POSITIVE_INFINITY): Plan {
  const classified = file.invoices.map(classifyInvoice)
  const upTo = endOf(classified, limit)
  const timeline = classified.slice(0, upTo).filter((entry) => entry.kind !== 'other')
  return {
    keyPrefix: `replay-${file.contentHash.slice(0, 12)}`,
    products: file.catalogue.products(classified.filter((entry) => entry.kind === 'sale')),
    accounts: accountsOf(file.invoices, classified),
    timeline,
    cancellations: matchCancellations(timeline),
    others: classified.slice(0, upTo).filter((entry) => entry.kind === 'other'),
  }
}

/** Where the timeline ends: before the first sale above the limit. */
function endOf(classified: { kind: string }[], limit: number): number {
  let sales = 0
  const end = classified.findIndex((entry) => entry.kind === 'sale' && ++sales > limit)
  return end === -1 ? classified.length : end
}

/** Every customer of the file, and the guests who buy in it. */
function accountsOf(invoices: Invoice[], classified: { kind: string }[]): PlannedAccount[] {
  const names = new Map<string, string>()
  invoices.forEach(({ customer, country }, index) => {
    if (customer === '' && classified[index]?.kind !== 'sale') return
    names.set(customerReference(customer, country), customer === '' ? `Guest (${country || 'Unspecified'})` : `Customer ${customer}`)
  })
  return [...names].map(([reference, name]) => ({ reference, name }))
}
