import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Call } from './call.ts'
import { answerOf } from './refusal.ts'

/** How long a refused body is still read, so that its sender gets to see the answer. */
const LINGER_MS = 1000

/** Answers a request with the problem for an error, unless the client has gone. */
export function sendRefusal(call: Call, response: ServerResponse, error: unknown): void {
  call.failure = error
  if (response.destroyed || response.headersSent) return
  const { status, headers, body } = answerOf(error, call.path)
  const sent = { ...headers, 'x-request-id': call.requestId, traceparent: call.traceparent }
  if (isReceived(call.request)) {
    response.writeHead(status, sent)
    response.end(body)
    return
  }
  response.writeHead(status, { ...sent, connection: 'close' })
  endAfterBody(call.request, response, body)
}

function isReceived(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  return request.complete || (encoding === undefined && (length === undefined || length === '0'))
}

// Closing with the client's bytes unread would reset the connection, and the reset can overtake the answer. So the answer
// goes out whole, and only the end of the response waits for the rest of the request, for a moment.
function endAfterBody(request: IncomingMessage, response: ServerResponse, body: string): void {
  response.write(body)
  const timer = setTimeout(end, LINGER_MS)
  function end(): void {
    clearTimeout(timer)
    response.end()
  }
  request.once('end', end)
  response.once('close', end)
  request.resume()
}
