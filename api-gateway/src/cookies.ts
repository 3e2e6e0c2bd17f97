/** Cookies that hold a browser's session: the access token, and the refresh token that only identity-service gets. */
export const ACCESS_COOKIE = 'of_access'
export const REFRESH_COOKIE = 'of_refresh'

/** The value of the first cookie of that name. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  if (!header?.includes(name)) return undefined
  for (const pair of header.split(';')) {
    const trimmed = pair.trim()
    if (trimmed.startsWith(name) && trimmed[name.length] === '=') return trimmed.slice(name.length + 1)
  }
  return undefined
}

/** The `Cookie` header without the named cookies; undefined when nothing is left. */
export function withoutCookies(header: string, names: readonly string[]): string | undefined {
  if (!names.some((name) => header.includes(name))) return header
  const kept = header.split(';').filter((pair) => !names.includes(pair.split('=')[0]?.trim() ?? ''))
  return kept.length === 0 ? undefined : kept.join(';').trim()
}
