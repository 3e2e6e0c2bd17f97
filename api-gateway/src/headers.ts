import type { IncomingHttpHeaders } from 'node:http'
import type { Call } from './call.ts'
import { ACCESS_COOKIE, REFRESH_COOKIE, withoutCookies } from './cookies.ts'
import type { RouteMatch } from './routes/route-table.ts'

/** About one connection, not about the message (RFC 9110, 7.6.1, and what is known to leak): never passed on. */
const HOP_BY_HOP: readonly string[] = [
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** What only the gateway may say to the services, in every spelling that clients try. */
const NOT_FROM_OUTSIDE: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'authorization',
  'cf-connecting-ip',
  'content-length',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'traceparent',
  'true-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-http-method-override',
  'x-original-host',
  'x-original-url',
  'x-real-ip',
  'x-request-id',
  'x-rewrite-url',
])

const PREFIXES_NOT_FROM_OUTSIDE: readonly string[] = ['x-forwarded-', 'x-user-', 'x-auth-']

/**
 * The headers for the upstream, flat: name, value, name, value. Lines keep their order and number; what is about the
 * connection, about identity or about where the request came from is removed first and then said by the gateway.
 */
export function upstreamHeaders(call: Call, match: RouteMatch): string[] {
  const { rawHeaders } = call.request
  const named = namesInConnection(call.headers.connection)
  const headers: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    if (isFromOutside(name) && !named?.has(name)) headers.push(name, rawHeaders[index + 1] ?? '')
  }
  addSession(headers, call, match)
  addOrigin(headers, call)
  headers.push('x-request-id', call.requestId, 'traceparent', call.traceparent)
  for (const addition of match.route.requestHeaders) headers.push(addition.name, addition.value(match.variables))
  return headers
}

function isFromOutside(name: string): boolean {
  if (NOT_FROM_OUTSIDE.has(name)) return false
  // With an underscore a name could pass for one with a dash behind a CGI-like door.
  if (name.includes('_')) return false
  return name.charCodeAt(0) !== 120 /* x */ || !PREFIXES_NOT_FROM_OUTSIDE.some((prefix) => name.startsWith(prefix))
}

function addSession(headers: string[], call: Call, { route }: RouteMatch): void {
  if (call.token !== undefined) headers.push('authorization', `Bearer ${call.token}`)
  const { cookie } = call.headers
  if (cookie === undefined) return
  const kept = withoutCookies(cookie, route.hasSessionCookies ? [ACCESS_COOKIE] : [ACCESS_COOKIE, REFRESH_COOKIE])
  if (kept !== undefined) headers.push('cookie', kept)
}

// Nobody before the gateway is trusted to say where a request came from: these lines describe its direct client.
function addOrigin(headers: string[], { request, headers: { host = '' } }: Call): void {
  const colon = host.lastIndexOf(':')
  const port = colon > host.lastIndexOf(']') ? host.slice(colon + 1) : '80'
  headers.push('x-forwarded-for', request.socket.remoteAddress ?? 'unknown')
  headers.push('x-forwarded-proto', 'http', 'x-forwarded-host', host, 'x-forwarded-port', port)
}

const NOT_TO_CLIENT: ReadonlySet<string> = new Set([...HOP_BY_HOP, 'x-application-context', 'x-request-id', 'traceparent'])

/** The headers for the client, flat, from those of the upstream's answer (names in lower case). */
export function clientHeaders(status: number, answer: IncomingHttpHeaders, call: Call): string[] {
  const named = namesInConnection(answer.connection)
  const hasLength = status !== 204 && answer['transfer-encoding'] === undefined
  const headers: string[] = []
  for (const name in answer) {
    if (NOT_TO_CLIENT.has(name) || named?.has(name) || (name === 'content-length' && !hasLength)) continue
    const value = answer[name]
    if (typeof value === 'string') headers.push(name, value)
    else if (value) for (const line of value) headers.push(name, line)
  }
  headers.push('x-request-id', call.requestId, 'traceparent', call.traceparent)
  if (call.match) {
    for (const addition of call.match.route.responseHeaders) headers.push(addition.name, addition.value(call.match.variables))
  }
  return headers
}

/** The headers that a `Connection` header declares to be about the connection; undefined for the usual values. */
function namesInConnection(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
}
