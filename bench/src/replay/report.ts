import type { Percentiles } from '../latency.ts'
import type { Sale } from './invoices.ts'
import { formatMinor, toMinor } from './money.ts'
import type { Plan } from './plan.ts'
import type { CancellationResult, Results, SaleResult } from './results.ts'

/**
 * A replay in numbers; money in pence. `file...` is what the sales read are worth in the file, so that
 * `fileMinor = confirmedMinor + rejectedMinor + skippedMinor` when all is well; what is confirmed or rejected is the sum
 * of the shop's own totals (for sales it refused to take, which have no order, of the file's).
 */
export interface Report {
  salesRead: number
  /** Sales the shop took: each is confirmed, rejected or unsettled. */
  ordersPlaced: number
  confirmed: number
  /** By reason: `out_of_stock`, `payment_declined`, `cancelled`, and `refused:...` for sales the shop did not take. */
  rejected: Record<string, number>
  /** Placed, but without an outcome when the replay ended. */
  unsettled: number
  /** Sales of which nothing could be ordered. */
  salesSkipped: number
  /** Lines of the file that were not ordered and are not part of a cancellation, by reason. */
  linesSkipped: Record<string, number>
  cancellationsRead: number
  /** Every line found its original, and the shop took it back. */
  cancellationsApplied: number
  cancellationsPartlyApplied: number
  cancellationsNotApplied: number
  fileMinor: number
  confirmedMinor: number
  rejectedMinor: number
  skippedMinor: number
  /** What the file's cancellations and its adjustments (invoices that are neither) are worth; not part of `fileMinor`. */
  cancellationsMinor: number
  adjustmentsMinor: number
  /** From sending an order to the notification of its outcome; of `count` orders, null when there were none. */
  latencyMs: { p50: number | null; p99: number | null; max: number | null; count: number }
}

/** Adds up what was planned and what came of it. */
export function makeReport(plan: Plan, results: Results, latency: Percentiles): Report {
  const sales = plan.timeline.filter((entry) => entry.kind === 'sale')
  const cancellations = plan.timeline.filter((entry) => entry.kind === 'cancellation')
  const outcomes = sales.map((sale) => ({ sale, result: results.sales.get(sale.invoice) }))
  const withStatus = (...statuses: SaleResult['status'][]) => outcomes.filter(({ result }) => result && statuses.includes(result.status))
  const applied = (how: CancellationResult['applied']) =>
    cancellations.filter(({ invoice }) => results.cancellations.get(invoice)?.applied === how).length
  return {
    salesRead: sales.length,
    ordersPlaced: withStatus('confirmed', 'rejected', 'unsettled').length,
    confirmed: withStatus('confirmed').length,
    rejected: countBy(withStatus('rejected', 'refused').map(({ result }) => [rejectionOf(result), 1])),
    unsettled: withStatus('unsettled').length,
    salesSkipped: withStatus('skipped').length,
    linesSkipped: countBy([
      ...sales.flatMap(({ skipped }) => Object.entries(skipped)),
      ...plan.others.map(({ reason, lineCount }) => [reason, lineCount] as const),
    ]),
    cancellationsRead: cancellations.length,
    cancellationsApplied: applied('whole'),
    cancellationsPartlyApplied: applied('partly'),
    cancellationsNotApplied: applied('none'),
    fileMinor: toMinor(sumOf(sales, ({ fileMicros }) => fileMicros)),
    confirmedMinor: totalOf(withStatus('confirmed')),
    rejectedMinor: totalOf(withStatus('rejected', 'refused')),
    skippedMinor: toMinor(sumOf(sales, ({ skippedMicros }) => skippedMicros)),
    cancellationsMinor: toMinor(sumOf(cancellations, ({ fileMicros }) => fileMicros)),
    adjustmentsMinor: toMinor(sumOf(plan.others, ({ fileMicros }) => fileMicros)),
    latencyMs: { p50: latency.p50, p99: latency.p99, max: latency.max, count: latency.count },
  }
}

/** What does not add up, one sentence each; empty when everything does. */
export function findDifferences(plan: Plan, results: Results, report: Report): string[] {
  const sales = plan.timeline.filter((entry) => entry.kind === 'sale')
  const lost = sales.filter(({ invoice }) => !results.sales.has(invoice))
  const refused = sales
    .map((sale) => ({ sale, result: results.sales.get(sale.invoice) }))
    .filter(({ result }) => result?.status === 'refused')
  const unsettled = sales.map(({ invoice }) => results.sales.get(invoice)).filter((result) => result?.status === 'unsettled')
  const otherTotals = sales.filter((sale) => differsFromFile(sale, results.sales.get(sale.invoice)))
  const undone = [...results.cancellations.values()].flatMap(({ refused }) => refused ?? [])
  const accounted = report.confirmedMinor + report.rejectedMinor + report.skippedMinor
  const [firstLost, firstRefused, firstUnsettled, firstOther, firstUndone] = [lost[0], refused[0], unsettled[0], otherTotals[0], undone[0]]
  return [
    firstLost && `${lost.length} sales were not replayed, the first is invoice ${firstLost.invoice}.`,
    firstRefused &&
      `${refused.length} sales were refused, the first is invoice ${firstRefused.sale.invoice}: ${detailOf(firstRefused.result)}.`,
    firstUnsettled && `${unsettled.length} orders have no outcome, the first is order ${orderOf(firstUnsettled)}.`,
    firstOther && `${otherTotals.length} orders have another total than the file, the first is invoice ${firstOther.invoice}.`,
    firstUndone && `${undone.length} cancellations were refused, the first is ${firstUndone}.`,
    accounted !== report.fileMinor &&
      `The file's sales are worth ${formatMinor(report.fileMinor)}, but ${formatMinor(accounted)} is accounted for: ${formatMinor(accounted - report.fileMinor)}.`,
  ].filter((sentence) => typeof sentence === 'string')
}

function differsFromFile(sale: Sale, result: SaleResult | undefined): boolean {
  return result !== undefined && 'totalMinor' in result && result.totalMinor !== orderedMinor(sale)
}

/** What the file says an order of this sale is worth; whole pence by the rules of `classifyInvoice`. */
function orderedMinor(sale: Sale): number {
  return toMinor(sale.fileMicros - sale.skippedMicros)
}

function totalOf(outcomes: { sale: Sale; result: SaleResult | undefined }[]): number {
  return outcomes.reduce((sum, { sale, result }) => sum + (result && 'totalMinor' in result ? result.totalMinor : orderedMinor(sale)), 0)
}

function rejectionOf(result: SaleResult | undefined): string {
  if (result?.status === 'refused') return `refused:${result.reason}`
  return result?.status === 'rejected' ? result.reason : 'unknown'
}

function detailOf(result: SaleResult | undefined): string {
  return result?.status === 'refused' ? result.detail : 'no reason given'
}

function orderOf(result: SaleResult): string {
  return 'orderId' in result ? result.orderId : 'unknown'
}

function countBy(entries: readonly (readonly [string, number])[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const [name, count] of entries) counts[name] = (counts[name] ?? 0) + count
  return counts
}

function sumOf<T>(items: readonly T[], amount: (item: T) => bigint): bigint {
  return items.reduce((sum, item) => sum + amount(item), 0n)
}
