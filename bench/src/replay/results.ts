/** What became of one sale. Money in pence as the shop counts it, except for a refused sale, which has no order. */
export type SaleResult =
  | { status: 'confirmed'; orderId: string; totalMinor: number }
  | { status: 'rejected'; orderId: string; totalMinor: number; reason: string }
  | { status: 'refused'; reason: string; detail: string }
  /** Nothing of it could be ordered. */
  | { status: 'skipped' }
  /** Placed, but how it ended was not to be learned in time. */
  | { status: 'unsettled'; orderId: string; totalMinor: number }

/** How much of a cancellation invoice was carried out, and what the shop refused although it should not have. */
export interface CancellationResult {
  applied: 'whole' | 'partly' | 'none'
  refused: string | undefined
}

/** Everything a replay did, by invoice number. */
export interface Results {
  sales: Map<string, SaleResult>
  cancellations: Map<string, CancellationResult>
}
