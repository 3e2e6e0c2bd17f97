import { AppError, type Database, type Logger, type Tx } from '@order-flow/service-kit'
import { createRefreshToken, hashToken, sessionIdOf, successorOf } from './refresh-token.ts'
import { judgeRefresh, type StoredSession } from './session.ts'
import type { SessionStore } from './session-store.ts'

export interface SessionsParts {
  db: Database
  store: SessionStore
  logger: Logger
  now: () => Date
  refreshMs: number
  graceMs: number
  maxPerAccount: number
}

/** What a refresh leads to: whose session it is, and the token for the next time. */
export interface Refreshed {
  accountId: string
  refreshToken: string
}

const EXPIRED_PER_SWEEP = 1000

/** Begins, continues and ends sessions. */
export function createSessions({ db, store, logger, now, ...rules }: SessionsParts) {
  const expiryFrom = (at: Date) => new Date(at.getTime() + rules.refreshMs).toISOString()

  /** Begins a session within the caller's transaction; answers its first refresh token. */
  async function begin(tx: Tx, accountId: string): Promise<string> {
    const { sessionId, successorKey, token } = createRefreshToken()
    const at = now()
    const session: StoredSession = {
      id: sessionId,
      accountId,
      currentHash: hashToken(token),
      previousHash: null,
      rotatedAt: null,
      successorKey,
      createdAt: at.toISOString(),
      expiresAt: expiryFrom(at),
    }
    await store.insert(tx, session, rules.maxPerAccount)
    return token
  }

  /** Uses a refresh token. Errors: `unauthorized` when it is unknown or expired, or was used before (ends the session). */
  async function refresh(token: string): Promise<Refreshed> {
    const refreshed = await db.transaction((tx) => rotate(tx, token))
    if (refreshed) return refreshed
    throw new AppError('unauthorized', 'The session has ended; sign in again.', { problem: 'invalid-refresh-token' })
  }

  // Answers undefined instead of throwing: the end of a session must be committed, not rolled back.
  async function rotate(tx: Tx, token: string): Promise<Refreshed | undefined> {
    const session = await store.find(tx, sessionIdOf(token) ?? '')
    if (!session) return undefined
    const at = now()
    const hash = hashToken(token)
    const verdict = judgeRefresh(session, hash, { now: at, graceMs: rules.graceMs })
    if (verdict === 'reused' || verdict === 'expired') {
      await store.remove(tx, session.id)
      if (verdict === 'reused') logger.warn({ userId: session.accountId }, 'refresh token used again; session ended')
      return undefined
    }
    const refreshToken = successorOf(token, session.successorKey)
    if (verdict === 'rotate') {
      await store.saveRotation(tx, {
        ...session,
        currentHash: hashToken(refreshToken),
        previousHash: hash,
        rotatedAt: at.toISOString(),
        expiresAt: expiryFrom(at),
      })
    }
    return { accountId: session.accountId, refreshToken }
  }

  /** Ends the session that a token belongs to, if there is one; an old token of it will do. */
  async function end(token: string): Promise<void> {
    const sessionId = sessionIdOf(token)
    if (sessionId !== undefined) await db.transaction((tx) => store.remove(tx, sessionId))
  }

  /** Deletes sessions that have expired. */
  async function sweep(): Promise<void> {
    const removed = await db.transaction((tx) => store.removeExpired(tx, now(), EXPIRED_PER_SWEEP))
    if (removed > 0) logger.info({ sessions: removed }, 'expired sessions deleted')
  }

  return { begin, refresh, end, sweep }
}
export type Sessions = ReturnType<typeof createSessions>
