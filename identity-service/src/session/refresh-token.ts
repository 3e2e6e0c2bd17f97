import { createHash, createHmac, randomBytes } from 'node:crypto'

/**
 * A refresh token is `<session id>.<secret>`. The one after it is made out of it with the session's own key, so that
 * a token used twice at once has one successor, not two, and the database needs to keep no token but only hashes.
 */
export interface FirstRefreshToken {
  sessionId: string
  successorKey: string
  token: string
}

const SECRET_BYTES = 32
const TOKEN = /^([\w-]{22})\.[\w-]{43}$/

/** The first token of a new session. */
export function createRefreshToken(): FirstRefreshToken {
  const sessionId = randomBytes(16).toString('base64url')
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  return { sessionId, successorKey: randomBytes(SECRET_BYTES).toString('base64url'), token: `${sessionId}.${secret}` }
}

/** The session that a token names, or undefined when it is no refresh token at all. */
export function sessionIdOf(token: string): string | undefined {
  return TOKEN.exec(token)?.[1]
}

/** The token that follows this one: the same whenever it is asked for. */
export function successorOf(token: string, successorKey: string): string {
  return `${sessionIdOf(token)}.${createHmac('sha256', successorKey).update(token).digest('base64url')}`
}

/** What is stored of a token. Plain SHA-256 will do: the token is 256 random bits, nobody can guess it. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
