import type { MatchedCancellation, Undoing } from './cancellations.ts'
import type { CancellationResult, SaleResult } from './results.ts'
import type { Refusal, Shop } from './shop.ts'

export interface CancellationReplayParts {
  shop: Pick<Shop, 'cancelOrder' | 'returnGoods'>
  /** The result of a sale that was begun, once it has one. */
  resultOf: (saleInvoice: string) => Promise<SaleResult>
  keyPrefix: string
}

/**
 * Carries out one matched cancellation: each order it was found in is cancelled, or takes its lines back, after it was
 * confirmed. An order that was not confirmed has nothing to take back. Doing it again changes nothing.
 */
export async function replayCancellation(parts: CancellationReplayParts, cancellation: MatchedCancellation): Promise<CancellationResult> {
  let undone = 0
  let refused: string | undefined
  for (const undoing of cancellation.undoings) {
    const sale = await parts.resultOf(undoing.sale)
    if (sale.status !== 'confirmed') continue
    const refusal = await undo(parts, { undoing, orderId: sale.orderId, invoice: cancellation.invoice })
    if (!refusal) undone += 1
    if (refusal) refused ??= `invoice ${cancellation.invoice}, ${undoing.kind} of ${undoing.sale}: ${refusal.detail}`
  }
  const isWhole = cancellation.missingCount === 0 && undone === cancellation.undoings.length
  return { applied: isWhole ? 'whole' : undone > 0 ? 'partly' : 'none', refused }
}

interface OrderUndoing {
  undoing: Undoing
  orderId: string
  invoice: string
}

async function undo(
  { shop, keyPrefix }: CancellationReplayParts,
  { undoing, orderId, invoice }: OrderUndoing,
): Promise<Refusal | undefined> {
  const reason = `Invoice ${invoice}`
  if (undoing.kind === 'cancel') return shop.cancelOrder(orderId, reason)
  return shop.returnGoods(orderId, { lines: undoing.lines, reason }, `${keyPrefix}-${invoice}-${undoing.sale}`)
}
