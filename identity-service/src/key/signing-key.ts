import type { JWK } from 'jose'

/** A key pair for tokens. */
export interface SigningKey {
  /** 1, 2, 3 ... */
  generation: number
  /** RSA 2048, with `kid`. */
  privateJwk: JWK
  /** It signs from then until the next one does. */
  signsFrom: Date
}

export interface KeyPolicy {
  rotateAfterMs: number
  /** How long a key is published before it signs, so that every verifier knows it by then. */
  publishAheadMs: number
  /** Longest life of a token, skew of clocks included: so long a key is published after its last signature. */
  tokenMs: number
}

/** The key that signs now: the latest whose time has come. `keys` rise by generation. */
export function keyThatSigns(keys: readonly SigningKey[], now: Date): SigningKey | undefined {
  return keys.findLast((key) => key.signsFrom <= now)
}

/** Keys under which no valid token can exist any more. */
export function outlivedKeys(keys: readonly SigningKey[], now: Date, policy: KeyPolicy): SigningKey[] {
  return keys.filter((_key, index) => {
    const next = keys[index + 1]
    return next !== undefined && now.getTime() > next.signsFrom.getTime() + policy.tokenMs
  })
}

/** Which key is to be made now, if any: the very first, or the next one when it is due to be published. */
export function keyToMake(keys: readonly SigningKey[], now: Date, policy: KeyPolicy): Omit<SigningKey, 'privateJwk'> | undefined {
  const last = keys.at(-1)
  if (!last) return { generation: 1, signsFrom: now }
  const dueAtMs = last.signsFrom.getTime() + policy.rotateAfterMs
  const publishedFromMs = now.getTime() + policy.publishAheadMs
  if (publishedFromMs < dueAtMs) return undefined
  // After a long pause it is overdue; it is still published ahead, and the old key signs a little longer.
  return { generation: last.generation + 1, signsFrom: new Date(Math.max(dueAtMs, publishedFromMs)) }
}

/** What everybody may know of a private key. */
export function publicJwkOf({ privateJwk: { kty, n, e, kid } }: SigningKey): JWK {
  return { kty, n, e, kid, alg: 'RS256', use: 'sig' } as JWK // the private JWK was made as RSA, so the members are there
}
