import type { DeclineCode } from '@order-flow/contracts'

export type CaptureResult = { status: 'captured' } | { status: 'declined'; code: DeclineCode }

export interface CaptureRequest {
  key: string
  token: string
  /** Minor units of `currency`. */
  amount: number
  currency: string
}

export interface RefundRequest {
  key: string
  /** The key of the capture whose money goes back. */
  paymentKey: string
  amount: number
}

/**
 * Whoever takes the money. Every call carries a key that is the same for every repeat of that call, so that repeating
 * it never takes or gives money twice. Rejecting means "not known": the money may have moved, or may do so later. The
 * caller asks what has become of the key, and repeats the call with it when the provider has never seen it.
 */
export interface PaymentProvider {
  capture(request: CaptureRequest, signal: AbortSignal): Promise<CaptureResult>
  refund(request: RefundRequest, signal: AbortSignal): Promise<void>
  /** What has become of a capture; undefined: no call with this key has arrived. */
  find(key: string, signal: AbortSignal): Promise<CaptureResult | { status: 'pending' } | undefined>
}
