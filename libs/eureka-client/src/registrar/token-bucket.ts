/** Lets few through at once and then some now and then. */
export interface TokenBucket {
  /** Takes a token and answers how long to wait for it, ms; 0: it is there. */
  take(): number
}

export interface TokenBucketOptions {
  /** How many may be taken at once. */
  burst: number
  /** One more is there after each such time. */
  periodMs: number
  /** The time, ms. */
  now(): number
}

/** Makes a full bucket. */
export function createTokenBucket({ burst, periodMs, now }: TokenBucketOptions): TokenBucket {
  let tokens = burst
  let countedAtMs = now()
  return {
    take() {
      tokens = Math.min(burst, tokens + (now() - countedAtMs) / periodMs)
      countedAtMs = now()
      tokens = Math.max(-1, tokens - 1) // at most one is owed, so none waits longer than one period
      return tokens >= 0 ? 0 : Math.ceil(-tokens * periodMs)
    },
  }
}
