import type { IncomingHttpHeaders } from 'node:http'

const SAFE_METHODS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Whether a page of another origin made a browser send this, to change something: with the rights of whoever sits there, or
 * of the machine. Only browsers send these headers, and no page can set them.
 */
export function isFromForeignPage(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  if (SAFE_METHODS.has(method)) return false
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin, host } = headers
  if (origin === undefined) return false
  const authority = /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase())?.[1]
  return authority === undefined || authority !== host?.toLowerCase()
}

/**
 * Whether a name for this machine alone stands in `Host`. A page whose own name was made to point to 127.0.0.1 ("DNS
 * rebinding") is of the same origin as this server for its browser; its name remains foreign. `names`: others that are
 * known, in lower case. Without `Host` no browser asks.
 */
export function isLoopbackHost(host: string | undefined, names: ReadonlySet<string>): boolean {
  if (host === undefined) return true
  const name = host.toLowerCase().replace(/:\d*$/, '')
  return isLoopback(name) || names.has(name)
}

/** Whether a name or address (`[::1]` or `::1`) is of this machine alone. */
export function isLoopback(name: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\]|::1)$/.test(name.toLowerCase())
}
