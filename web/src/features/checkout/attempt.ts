import { isUnanswered } from '@order-flow/client'
import type { PlaceOrder } from '@order-flow/contracts'

/**
 * One attempt to place an order. It is kept from before it is sent until the shop has answered, so that a lost
 * connection or a reload sends the same key again and never orders twice.
 */
export interface Attempt {
  key: string
  /** Whose order it is: nobody else may finish it. */
  accountId: string
  body: PlaceOrder
}

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

const STORAGE_KEY = 'order-flow.checkout'

/** The attempt of this account that has no answer yet. */
export function pendingAttempt(store: Store, accountId: string): Attempt | undefined {
  const attempt = parseAttempt(store.getItem(STORAGE_KEY))
  return attempt?.accountId === accountId ? attempt : undefined
}

/**
 * Keeps the attempt, sends it with `send`, and forgets it once the answer is clear: an order, or a refusal. Throws what
 * `send` throws.
 */
export async function settleAttempt<T>(store: Store, attempt: Attempt, send: (attempt: Attempt) => Promise<T>): Promise<T> {
  store.setItem(STORAGE_KEY, JSON.stringify(attempt))
  try {
    const answer = await send(attempt)
    store.removeItem(STORAGE_KEY)
    return answer
  } catch (error) {
    if (!isUnanswered(error)) store.removeItem(STORAGE_KEY)
    throw error
  }
}

/** Only this module writes the key; text that is no attempt (another version's) is passed over. */
function parseAttempt(text: string | null): Attempt | undefined {
  try {
    const kept: unknown = JSON.parse(text ?? 'null')
    const whole = typeof kept === 'object' && kept !== null && 'key' in kept && 'accountId' in kept && 'body' in kept
    return whole ? (kept as Attempt) : undefined
  } catch {
    return undefined
  }
}
