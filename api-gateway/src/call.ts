import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { continueTrace, type Identity, traceIdOf } from '@order-flow/service-kit'
import { badRequest, Refusal } from './refusal.ts'
import { parseRequestTarget } from './request-target.ts'
import type { RoutableRequest } from './routes/predicates/predicate.ts'
import type { RouteMatch } from './routes/route-table.ts'

/** What the gateway knows of one request, from its first line to the line in the access log. */
export interface Call extends RoutableRequest {
  request: IncomingMessage
  startedAtMs: number
  requestId: string
  traceparent: string
  method: string
  headers: IncomingHttpHeaders
  /** Raw path and query (with `?`), once they passed the URL policy. */
  path: string
  query: string
  segments: readonly string[]
  match: RouteMatch | undefined
  identity: Identity | undefined
  /** The verified access token, to be passed on. */
  token: string | undefined
  /** What kept the call from being served, for the log. */
  failure: unknown
  /**
   * What runs upstream for this call, to be cut when the client goes away. An object and not a closure: with closures here
   * the finished requests outlived the young generation, which tripled memory and doubled the time for its collection.
   */
  exchange: { cut(): void } | undefined
}

const REQUEST_ID = /^[\w.~-]{8,64}$/

/** Begins a call. Takes over the client's request id and trace when they are sane. Never throws. */
export function openCall(request: IncomingMessage): Call {
  const { headers } = request
  const requestId = headers['x-request-id']
  return {
    request,
    startedAtMs: performance.now(),
    // A sixth of the cost of an id that rises with time, which a request id need not.
    requestId: typeof requestId === 'string' && REQUEST_ID.test(requestId) ? requestId : randomUUID(),
    traceparent: continueTrace(typeof headers.traceparent === 'string' ? headers.traceparent : undefined),
    method: request.method ?? 'GET',
    headers,
    path: '/',
    query: '',
    segments: [],
    match: undefined,
    identity: undefined,
    token: undefined,
    failure: undefined,
    exchange: undefined,
  }
}

/** The trace id, for logs. */
export function callTraceId(call: Call): string | undefined {
  return traceIdOf(call.traceparent)
}

const MAX_HEADERS = 100
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const HOST = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::\d{1,5})?$/

/**
 * Checks what Node's parser lets through and fills in path and query. Errors: Refusal 400, 405, 414, 431, 505.
 */
export function checkRequest(call: Call): void {
  const { request, headers } = call
  if (request.httpVersion !== '1.1' && request.httpVersion !== '1.0') {
    throw new Refusal(505, 'http-version', 'Only HTTP/1.1 and HTTP/1.0 are spoken here.')
  }
  if (!METHODS.has(call.method)) {
    throw new Refusal(405, 'method-not-allowed', `The method ${call.method} is not served here.`, {
      headers: { allow: [...METHODS].join(', ') },
    })
  }
  if (request.rawHeaders.length > 2 * MAX_HEADERS) {
    throw new Refusal(431, 'too-many-headers', `The request has more than ${MAX_HEADERS} headers.`)
  }
  const host = headers.host ?? ''
  if (!HOST.test(host) || countOf(request.rawHeaders, 'host') !== 1) {
    throw badRequest('bad-host', 'The request needs exactly one valid Host header.')
  }
  const encoding = headers['transfer-encoding']
  if (
    encoding !== undefined &&
    (encoding.toLowerCase() !== 'chunked' || request.httpVersion !== '1.1' || headers['content-length'] !== undefined)
  ) {
    throw badRequest('bad-framing', 'The only transfer encoding taken is "chunked", in HTTP/1.1 and without a Content-Length.')
  }
  const target = parseRequestTarget(request.url ?? '', host)
  call.path = target.path
  call.query = target.query
  call.segments = target.segments
}

function countOf(rawHeaders: readonly string[], name: string): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index]
    if (header?.length === name.length && header.toLowerCase() === name) count++
  }
  return count
}
