/** What may be done: `perSecond` on average, `burst` at once. */
export interface Rate {
  perSecond: number
  burst: number
}

export interface TokenBucket {
  tokens: number
  atMs: number
}

/** A full bucket. */
export function fullBucket(rate: Rate, nowMs: number): TokenBucket {
  return { tokens: rate.burst, atMs: nowMs }
}

/** Takes a token out of the bucket, which changes; answers false when it is empty. */
export function takeToken(bucket: TokenBucket, rate: Rate, nowMs: number): boolean {
  const gainedMs = Math.max(0, nowMs - bucket.atMs)
  bucket.tokens = Math.min(rate.burst, bucket.tokens + (gainedMs * rate.perSecond) / 1000)
  bucket.atMs = nowMs
  if (bucket.tokens < 1) return false
  bucket.tokens -= 1
  return true
}

/** Buckets by key, at most `maxKeys`; the one not asked for the longest is forgotten first. Answers whether there was a token. */
export function createRateLimiter(rate: Rate, maxKeys = 50_000): (key: string, nowMs: number) => boolean {
  const buckets = new Map<string, TokenBucket>()
  return (key, nowMs) => {
    const bucket = buckets.get(key) ?? fullBucket(rate, nowMs)
    buckets.delete(key)
    buckets.set(key, bucket)
    if (buckets.size > maxKeys) {
      const [oldest] = buckets.keys()
      if (oldest !== undefined) buckets.delete(oldest)
    }
    return takeToken(bucket, rate, nowMs)
  }
}
