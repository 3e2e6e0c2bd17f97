import { AppError } from '@order-flow/service-kit'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

export interface AttemptLimitOptions {
  /** Failures before pauses begin. */
  maxFailures: number
  firstPauseSeconds: number
  maxPauseSeconds: number
  /** Counted from the first failure. */
  forgetSeconds: number
  /** Keys remembered; the longest unused is forgotten first. */
  maxKeys: number
}

/** Slows down who fails again and again. */
export interface AttemptLimit {
  /**
   * Counts an attempt as failed until something better is known. Errors: `too_many_requests` with `retryAfterSeconds`
   * during a pause; such an attempt is not counted.
   */
  attempt(key: string): Promise<void>
  /** The attempt did not fail: takes it back. */
  takeBack(key: string): Promise<void>
  /** Forgets all failures. */
  forget(key: string): Promise<void>
}

/**
 * After `maxFailures`, one attempt is let through per pause, and the pause doubles each time. Attempts are counted
 * before they are made, so that a hundred guesses sent at once are not a hundred guesses.
 */
export function createAttemptLimit(options: AttemptLimitOptions): AttemptLimit {
  const failures = new RateLimiterMemory({ points: options.maxFailures, duration: options.forgetSeconds })
  const pauses = new RateLimiterMemory({ points: 1, duration: options.firstPauseSeconds })
  const keys = createRecentKeys(options.maxKeys, forget)

  async function attempt(key: string): Promise<void> {
    keys.touch(key)
    const { consumedPoints } = await failures.penalty(key)
    if (consumedPoints < options.maxFailures) return
    try {
      await pauses.consume(key, 1, { customDuration: pauseSeconds(consumedPoints - options.maxFailures, options) })
    } catch (refusal) {
      await failures.reward(key)
      throw tooManyAttempts(refusal)
    }
  }

  async function takeBack(key: string): Promise<void> {
    await failures.reward(key)
    await pauses.delete(key)
  }

  async function forget(key: string): Promise<void> {
    await failures.delete(key)
    await pauses.delete(key)
  }

  return { attempt, takeBack, forget }
}

export interface CountLimitOptions {
  /** Calls within the window. */
  max: number
  windowSeconds: number
  maxKeys: number
}

/** Lets `max` calls of a key pass in each window. Errors: `too_many_requests` with `retryAfterSeconds`. */
export function createCountLimit({ max, windowSeconds, maxKeys }: CountLimitOptions): (key: string) => Promise<void> {
  const calls = new RateLimiterMemory({ points: max, duration: windowSeconds })
  const keys = createRecentKeys(maxKeys, (key) => calls.delete(key))
  return async function count(key) {
    keys.touch(key)
    try {
      await calls.consume(key)
    } catch (refusal) {
      throw tooManyAttempts(refusal)
    }
  }
}

function pauseSeconds(doublings: number, { firstPauseSeconds, maxPauseSeconds }: AttemptLimitOptions): number {
  return Math.min(maxPauseSeconds, firstPauseSeconds * 2 ** Math.min(doublings, 30))
}

function tooManyAttempts(refusal: unknown): unknown {
  if (!(refusal instanceof RateLimiterRes)) return refusal
  const retryAfterSeconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))
  return new AppError('too_many_requests', `Too many attempts; try again in ${retryAfterSeconds} seconds.`, {
    problem: 'too-many-attempts',
    facts: { retryAfterSeconds },
  })
}

/** The library forgets keys by time only; this bounds their number too. */
function createRecentKeys(maxKeys: number, forget: (key: string) => Promise<unknown>) {
  const keys = new Set<string>()
  return {
    touch(key: string): void {
      keys.delete(key)
      keys.add(key)
      const [oldest] = keys.size > maxKeys ? keys : []
      if (oldest === undefined) return
      keys.delete(oldest)
      void forget(oldest)
    },
  }
}
