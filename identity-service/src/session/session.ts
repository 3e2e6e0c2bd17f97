/** A sign-in that lives on by refreshing: the family of all its refresh tokens. Times are ISO 8601. */
export interface StoredSession {
  id: string
  accountId: string
  /** Of the token that may be used next. */
  currentHash: string
  /** Of the token before it, once there is one, and when that was used. */
  previousHash: string | null
  rotatedAt: string | null
  successorKey: string
  createdAt: string
  expiresAt: string
}

/**
 * What to do with a refresh token: `rotate` (it is the current one), `repeat` (the one before, used again so soon that
 * it is a second tab or a lost answer: the same outcome once more), `reused` (an older one: somebody has a copy, so
 * the session ends) or `expired`.
 */
export type RefreshVerdict = 'rotate' | 'repeat' | 'reused' | 'expired'

/** Judges a token by its hash. */
export function judgeRefresh(session: StoredSession, tokenHash: string, { now, graceMs }: { now: Date; graceMs: number }): RefreshVerdict {
  if (now.getTime() >= Date.parse(session.expiresAt)) return 'expired'
  if (tokenHash === session.currentHash) return 'rotate'
  const isPrevious = tokenHash === session.previousHash && session.rotatedAt !== null
  if (isPrevious && now.getTime() - Date.parse(session.rotatedAt ?? '') <= graceMs) return 'repeat'
  return 'reused'
}
