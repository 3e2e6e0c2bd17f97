import type { Cancellation, Sale } from './invoices.ts'

/** What undoes (part of) one sale's order: all of it, or units of some lines by their number in the order. */
export type Undoing = { sale: string; kind: 'cancel' } | { sale: string; kind: 'return'; lines: { lineNumber: number; quantity: number }[] }

/** A cancellation invoice and the sales its lines were found in. */
export interface MatchedCancellation {
  invoice: string
  lineCount: number
  /** Lines without an earlier sale of that customer and code with enough units left. */
  missingCount: number
  /** One for each sale, the latest sale first found coming first. */
  undoings: Undoing[]
}

/**
 * Finds the originals of the file's cancellations, which name none: for each line the same customer's earlier lines of
 * the same code, the latest first, as long as units are left there. A line is found whole or not at all. An order that is
 * undone to its last unit at once is cancelled; everything else is a return. `timeline` must be in time order.
 */
export function matchCancellations(timeline: (Sale | Cancellation)[]): Map<string, MatchedCancellation> {
  const purchases = new Map<string, Purchase[]>()
  const matched = new Map<string, MatchedCancellation>()
  for (const entry of timeline) {
    if (entry.kind === 'sale') remember(purchases, entry)
    if (entry.kind === 'cancellation') matched.set(entry.invoice, matchCancellation(purchases, entry))
  }
  return matched
}

interface Purchase {
  sale: Sale
  lineNumber: number
  left: number
}

interface Taken {
  purchase: Purchase
  quantity: number
}

function remember(purchases: Map<string, Purchase[]>, sale: Sale): void {
  sale.lines.forEach((line, index) => {
    const key = purchaseKey(sale.customer, line.sku)
    const bought = purchases.get(key) ?? []
    purchases.set(key, bought)
    bought.push({ sale, lineNumber: index + 1, left: line.quantity })
  })
}

function matchCancellation(purchases: Map<string, Purchase[]>, cancellation: Cancellation): MatchedCancellation {
  const taken: Taken[] = []
  let missingCount = 0
  for (const line of cancellation.lines) {
    const key = cancellation.customer && purchaseKey(cancellation.customer, line.sku)
    const found = key ? take(purchases.get(key) ?? [], line.quantity) : undefined
    if (found) taken.push(...found)
    if (!found) missingCount += 1
  }
  return { invoice: cancellation.invoice, lineCount: cancellation.lines.length, missingCount, undoings: undoingsOf(taken) }
}

/** Takes `quantity` units from the latest purchases; undefined, and nothing taken, when there are not that many left. */
function take(bought: Purchase[], quantity: number): Taken[] | undefined {
  const left = bought.reduce((sum, purchase) => sum + purchase.left, 0)
  if (quantity <= 0 || left < quantity) return undefined
  const taken: Taken[] = []
  let wanted = quantity
  for (const purchase of bought.toReversed()) {
    const units = Math.min(purchase.left, wanted)
    if (units === 0) continue
    purchase.left -= units
    wanted -= units
    taken.push({ purchase, quantity: units })
  }
  return taken
}

function undoingsOf(taken: Taken[]): Undoing[] {
  const bySale = new Map<Sale, Map<number, number>>()
  for (const { purchase, quantity } of taken) {
    const lines = bySale.get(purchase.sale) ?? new Map<number, number>()
    bySale.set(purchase.sale, lines)
    lines.set(purchase.lineNumber, (lines.get(purchase.lineNumber) ?? 0) + quantity)
  }
  return [...bySale].map(([sale, lines]) => undoingOf(sale, lines))
}

function undoingOf(sale: Sale, lines: Map<number, number>): Undoing {
  // Units returned before are no longer there to take, so only an untouched order can be undone whole.
  const whole = sale.lines.every((line, index) => lines.get(index + 1) === line.quantity)
  if (whole) return { sale: sale.invoice, kind: 'cancel' }
  return { sale: sale.invoice, kind: 'return', lines: [...lines].map(([lineNumber, quantity]) => ({ lineNumber, quantity })) }
}

function purchaseKey(customer: string, sku: string): string {
  return `${customer}\n${sku}`
}
