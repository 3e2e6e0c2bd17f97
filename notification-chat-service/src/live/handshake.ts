import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { LIVE_SUBPROTOCOL } from '@order-flow/contracts'
import { AppError, bearerToken, type Identity, messageOf, problemOf, type TokenVerifier } from '@order-flow/service-kit'

export const LIVE_PATH = '/ws'

/** Who opens a socket, and until when (ms since the epoch) the sign-in lasts. */
export interface Arrival {
  identity: Identity
  expiresAtMs: number
}

/**
 * Checks a handshake: address, subprotocol, sign-in. Errors: `not_found`, `invalid`, `unauthorized`, `unavailable`.
 * The Origin is the gateway's to check: a browser cannot send the `Authorization` that is asked for here.
 */
export async function checkHandshake(request: IncomingMessage, tokens: TokenVerifier): Promise<Arrival> {
  const path = request.url?.split('?')[0]
  if (path !== LIVE_PATH) throw new AppError('not_found', `There is no socket at ${path}; connect to ${LIVE_PATH}.`)
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  if (!offered.includes(LIVE_SUBPROTOCOL)) throw new AppError('invalid', `Ask for the subprotocol ${LIVE_SUBPROTOCOL}.`)
  const token = bearerToken(request.headers.authorization)
  if (!token) throw new AppError('unauthorized', 'Sign in, and send the access token as "Authorization: Bearer ...".')
  return { identity: await tokens.verify(token), expiresAtMs: expiryOf(token) }
}

/** When a token that has been verified expires; the verifier accepts none without `exp`. */
function expiryOf(token: string): number {
  const [, payload] = token.split('.')
  if (payload === undefined) return Number.POSITIVE_INFINITY
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const expiresAt = typeof claims === 'object' && claims !== null && 'exp' in claims ? claims.exp : undefined
  return typeof expiresAt === 'number' ? expiresAt * 1000 : Number.POSITIVE_INFINITY
}

/** Answers a handshake with a problem (RFC 9457) and hangs up. */
export function refuseHandshake(socket: Duplex, url: string, error: unknown): void {
  const known = error instanceof AppError ? error : new AppError('internal', messageOf(error))
  const problem = problemOf(known, url)
  const body = JSON.stringify(problem)
  const retryAfter = problem.status === 503 || problem.status === 429 ? 'Retry-After: 5\r\n' : ''
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n${retryAfter}Connection: close\r\n\r\n${body}`,
  )
}
