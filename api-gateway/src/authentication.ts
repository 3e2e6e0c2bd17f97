import { AppError, bearerToken, type TokenVerifier } from '@order-flow/service-kit'
import type { Call } from './call.ts'
import { ACCESS_COOKIE, cookieValue, REFRESH_COOKIE } from './cookies.ts'
import { Refusal } from './refusal.ts'
import type { Route } from './routes/route.ts'

export interface Authentication {
  /**
   * Finds out who sends the call and whether the route lets them; sets `identity` and `token` of the call. Answers a
   * promise only when there is a token to check. Errors: `unauthorized`; Refusal 403 for a request from a foreign page;
   * `unavailable` when the keys cannot be had.
   */
  authenticate(call: Call, route: Route): Promise<void> | undefined
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Makes the check of access tokens, from `Authorization: Bearer` or, for browsers, from the HttpOnly cookie. */
export function createAuthentication(tokens: TokenVerifier): Authentication {
  async function verify(call: Call, route: Route, token: string): Promise<void> {
    try {
      call.identity = await tokens.verify(token)
      call.token = token
    } catch (error) {
      // On a public route a token that no longer counts must not be in the way: signing in again goes there.
      if (route.isAuthenticated) throw error
    }
  }

  return {
    authenticate(call, route) {
      const bearer = bearerToken(call.headers.authorization)
      const cookie = bearer === undefined ? cookieValue(call.headers.cookie, ACCESS_COOKIE) : undefined
      if (needsOwnOrigin(call, route, cookie !== undefined) && !isOwnOrigin(call)) {
        throw new Refusal(403, 'foreign-origin', 'A request with the cookies of a session must come from a page of this very site.')
      }
      const token = bearer ?? cookie
      if (token) return verify(call, route, token)
      if (!route.isAuthenticated) return undefined
      throw new AppError('unauthorized', 'Sign in, and send the access token as "Authorization: Bearer ...".')
    },
  }
}

/**
 * Browsers send cookies also when a foreign page makes the request, so whatever changes something, and every socket, is
 * checked when a cookie says who it is. Where sessions begin and end, a foreign page must not even come without cookies:
 * it could sign its visitor in to an account of its own.
 */
function needsOwnOrigin(call: Call, route: Route, isByCookie: boolean): boolean {
  const { headers } = call
  if (route.target.isSocket) return isByCookie
  if (SAFE_METHODS.has(call.method)) return false
  if (isByCookie) return true
  if (!route.hasSessionCookies) return false
  const isFromBrowser = headers.origin !== undefined || headers['sec-fetch-site'] !== undefined
  return (
    isFromBrowser || cookieValue(headers.cookie, REFRESH_COOKIE) !== undefined || cookieValue(headers.cookie, ACCESS_COOKIE) !== undefined
  )
}

function isOwnOrigin({ headers }: Call): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const { origin, host } = headers
  if (origin === undefined || host === undefined) return false
  const authority = /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase())?.[1]
  return authority === host.toLowerCase()
}
