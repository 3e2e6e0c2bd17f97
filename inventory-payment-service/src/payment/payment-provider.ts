import type { DeclineCode } from '@order-flow/contracts'
import { AppError } from '@order-flow/service-kit'
import { LRUCache } from 'lru-cache'

export type CaptureResult = { status: 'captured' } | { status: 'declined'; code: DeclineCode }

/**
 * Whoever takes the money. Every call carries a key that is the same for every repeat of that call, so that repeating
 * it never takes or gives money twice. Rejecting means "not known"; the caller asks again with the same key.
 */
export interface PaymentProvider {
  capture(request: { key: string; token: string; amount: number; currency: string }, signal: AbortSignal): Promise<CaptureResult>
  refund(request: { key: string; paymentKey: string; amount: number }, signal: AbortSignal): Promise<void>
}

const MAX_REMEMBERED_KEYS = 10_000

/**
 * The simulated provider: what happens depends on the test token alone (TEST_CARDS in contracts). `tok_timeout` takes
 * the money but does not answer the first call.
 */
export function createSimulatedProvider({ slowMs }: { slowMs: number }): PaymentProvider {
  const timedOut = new LRUCache<string, true>({ max: MAX_REMEMBERED_KEYS })
  return {
    async capture({ key, token }, signal) {
      switch (token) {
        case 'tok_visa':
          return { status: 'captured' }
        case 'tok_declined':
          return { status: 'declined', code: 'declined' }
        case 'tok_insufficient_funds':
          return { status: 'declined', code: 'insufficient_funds' }
        case 'tok_slow':
          await pause(slowMs, signal)
          return { status: 'captured' }
        case 'tok_timeout':
          if (!timedOut.has(key)) {
            timedOut.set(key, true)
            throw new AppError('unavailable', 'The payment provider did not answer in time.')
          }
          return { status: 'captured' }
        default:
          return { status: 'declined', code: 'invalid_token' }
      }
    },
    refund: async () => undefined,
  }
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer)
      reject(new AppError('unavailable', 'The payment provider did not answer in time.'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, delayMs)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
