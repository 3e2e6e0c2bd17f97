/** A bucket of tokens for each client: each thing that is limited takes one, and time fills them up again. */
export interface RateLimit {
  /** Takes a token. Answers 0, or in how many whole seconds there is one again; then none is taken. */
  take(client: string): number
  /** The same without taking any. */
  waitSecs(client: string): number
  giveBack(client: string): void
}

export interface RateLimitOptions {
  /** Tokens that come back; 0: nothing is limited. */
  perSecond: number
  /** Tokens at first, and at most. */
  burst: number
  /** Beyond this many clients the one that was seen longest ago is forgotten. Default: 10,000. */
  maxClients?: number
  /** The time, ms. */
  now(): number
}

interface Bucket {
  tokens: number
  atMs: number
}

export function createRateLimit({ perSecond, burst, maxClients = 10_000, now }: RateLimitOptions): RateLimit {
  // In the order in which they were last seen.
  const buckets = new Map<string, Bucket>()

  function filled(client: string): Bucket {
    const nowMs = now()
    const bucket = buckets.get(client) ?? { tokens: burst, atMs: nowMs }
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, nowMs - bucket.atMs) / 1000) * perSecond)
    bucket.atMs = nowMs
    return bucket
  }

  function keep(client: string, bucket: Bucket): void {
    buckets.delete(client)
    buckets.set(client, bucket)
    if (buckets.size <= maxClients) return
    for (const oldest of buckets.keys()) {
      buckets.delete(oldest)
      return
    }
  }

  function waitOf({ tokens }: Bucket): number {
    return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / perSecond)
  }

  return {
    take(client) {
      if (perSecond === 0) return 0
      const bucket = filled(client)
      const wait = waitOf(bucket)
      if (wait === 0) bucket.tokens--
      keep(client, bucket)
      return wait
    },
    waitSecs: (client) => (perSecond === 0 ? 0 : waitOf(filled(client))),
    giveBack(client) {
      const bucket = buckets.get(client)
      if (bucket) bucket.tokens = Math.min(burst, bucket.tokens + 1)
    },
  }
}
