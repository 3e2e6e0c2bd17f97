/** Holds the access token; the gateway makes an `Authorization` header of it. */
export const ACCESS_COOKIE = 'of_access'
/** Holds the refresh token; sent only to where it is used. */
export const REFRESH_COOKIE = 'of_refresh'

const PATHS = { [ACCESS_COOKIE]: '/', [REFRESH_COOKIE]: '/api/auth' }

export interface CookieValues {
  accessToken: string
  accessSeconds: number
  refreshToken: string
  refreshSeconds: number
}

/** The `Set-Cookie` lines of a session: unreadable for scripts, and never sent by another site's pages. */
export function sessionCookies(values: CookieValues, secure: boolean): string[] {
  return [
    setCookie(ACCESS_COOKIE, values.accessToken, { maxAgeSeconds: values.accessSeconds, secure }),
    setCookie(REFRESH_COOKIE, values.refreshToken, { maxAgeSeconds: values.refreshSeconds, secure }),
  ]
}

/** The `Set-Cookie` lines that remove them. */
export function clearedCookies(secure: boolean): string[] {
  return [setCookie(ACCESS_COOKIE, '', { maxAgeSeconds: 0, secure }), setCookie(REFRESH_COOKIE, '', { maxAgeSeconds: 0, secure })]
}

/** The value of a cookie in a `Cookie` header; tokens need no decoding. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}

// Tokens are base64url and dots: nothing in them needs quoting.
function setCookie(name: keyof typeof PATHS, value: string, { maxAgeSeconds, secure }: { maxAgeSeconds: number; secure: boolean }): string {
  return `${name}=${value}; Path=${PATHS[name]}; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
}
