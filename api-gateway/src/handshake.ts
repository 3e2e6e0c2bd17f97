import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Call } from './call.ts'
import type { Deadlines, Wait } from './deadlines.ts'
import { clientHeaders, upstreamHeaders } from './headers.ts'
import { badRequest, noInstance, Refusal } from './refusal.ts'
import type { RouteMatch } from './routes/route-table.ts'
import { isConnectFailure, serviceName, upstreamFailure, upstreamTimeout } from './upstream-failure.ts'
import type { Upstream, Upstreams } from './upstreams.ts'

/** How the upstream answered a WebSocket handshake. */
export type HandshakeAnswer =
  | { kind: 'accepted'; headers: string[]; socket: Duplex }
  | { kind: 'declined'; status: number; headers: string[]; body: Buffer }
  | { kind: 'failed'; error: Error }

export interface HandshakeParts {
  upstreams: Upstreams
  deadlines: Deadlines
}

/** Errors: Refusal 400 or 426 when the request is no WebSocket handshake as RFC 6455 wants it. */
export function checkHandshake({ method, headers, request }: Call): void {
  if (method !== 'GET' || request.httpVersion !== '1.1') throw badRequest('bad-handshake', 'A WebSocket begins with GET in HTTP/1.1.')
  // Bytes of a body would come out of the parser as if they were frames.
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) {
    throw badRequest('bad-handshake', 'A WebSocket handshake has no body.')
  }
  if (headers['sec-websocket-version'] !== '13') {
    throw new Refusal(426, 'websocket-version', 'Only version 13 of the WebSocket protocol is spoken here.', {
      headers: { 'sec-websocket-version': '13', upgrade: 'websocket' },
    })
  }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers['sec-websocket-key'] ?? '')) {
    throw badRequest('bad-handshake', 'The handshake needs a Sec-WebSocket-Key of 16 bytes.')
  }
}

/**
 * Passes a checked handshake on to an instance and answers once what came of it. When the returned function is called
 * before that, the handshake is given up.
 */
export function shakeHands(parts: HandshakeParts, call: Call, match: RouteMatch, onAnswer: (answer: HandshakeAnswer) => void): () => void {
  const handshake = new Handshake(parts, call, match, onAnswer)
  handshake.begin()
  return () => handshake.giveUp()
}

const MAX_DECLINE_BYTES = 65_536

class Handshake implements Dispatcher.DispatchHandler, Wait {
  dueTick = 0
  previous: Wait | undefined
  next: Wait | undefined
  readonly #parts: HandshakeParts
  readonly #call: Call
  readonly #match: RouteMatch
  readonly #onAnswer: (answer: HandshakeAnswer) => void
  #upstream: Upstream | undefined
  #controller: Dispatcher.DispatchController | undefined
  #isSent = false
  #isRetried = false
  #isOver = false
  #declined: { status: number; headers: string[]; chunks: Buffer[]; bytes: number } | undefined

  constructor(parts: HandshakeParts, call: Call, match: RouteMatch, onAnswer: (answer: HandshakeAnswer) => void) {
    this.#parts = parts
    this.#call = call
    this.#match = match
    this.#onAnswer = onAnswer
  }

  begin(): void {
    this.#dispatch(this.#parts.upstreams.pick(this.#match.route.target))
  }

  giveUp(): void {
    this.#fail(new Error('The client went away.'))
    this.#controller?.abort(new Error('The client went away.'))
  }

  #dispatch(upstream: Upstream | undefined): void {
    if (this.#isOver) return
    if (!upstream) {
      this.#fail(noInstance(serviceName(this.#match.route)))
      return
    }
    this.#upstream = upstream
    upstream.inFlight++
    this.#parts.deadlines.set(this, this.#match.route.responseTimeoutMs)
    const path = this.#call.path + this.#call.query
    upstream.pool.dispatch({ method: 'GET', path, headers: upstreamHeaders(this.#call, this.#match), upgrade: 'websocket' }, this)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#isSent = true
    this.#controller = controller
    if (this.#isOver) controller.abort(new Error('The client went away.'))
  }

  onRequestUpgrade(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders, socket: Duplex): void {
    this.#leaveUpstream()
    socket.on('error', () => {}) // its 'close' follows and is what counts
    if (this.#isOver) socket.destroy()
    else if (status === 101 && headers['sec-websocket-accept'] === acceptOf(this.#call)) {
      this.#answer({ kind: 'accepted', headers: clientHeaders(status, headers, this.#call), socket })
    } else {
      socket.destroy()
      this.#fail(upstreamFailure(this.#match.route, new Error('The upstream accepted something else than this WebSocket.')))
    }
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status >= 200) this.#declined = { status, headers: clientHeaders(204, headers, this.#call), chunks: [], bytes: 0 } // the length is set anew
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#declined) return
    this.#declined.bytes += chunk.length
    if (this.#declined.bytes <= MAX_DECLINE_BYTES) this.#declined.chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.#leaveUpstream()
    if (!this.#declined) return
    const { status, headers, chunks, bytes } = this.#declined
    this.#answer({ kind: 'declined', status, headers, body: bytes <= MAX_DECLINE_BYTES ? Buffer.concat(chunks) : Buffer.alloc(0) })
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const failed = this.#leaveUpstream()
    if (this.#isOver) return
    if (failed && !this.#isSent && !this.#isRetried && isConnectFailure(error)) void this.#retry(failed)
    else this.#fail(this.#isSent ? upstreamFailure(this.#match.route, error) : noInstance(serviceName(this.#match.route)))
  }

  async #retry(failed: Upstream): Promise<void> {
    this.#isRetried = true
    this.#dispatch(await this.#parts.upstreams.pickOther(this.#match.route.target, failed))
  }

  onExpired(): void {
    this.#fail(upstreamTimeout(this.#match.route))
    this.#controller?.abort(new Error('The handshake took too long.'))
  }

  #fail(error: Error): void {
    this.#answer({ kind: 'failed', error })
  }

  #answer(answer: HandshakeAnswer): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#parts.deadlines.clear(this)
    this.#onAnswer(answer)
  }

  #leaveUpstream(): Upstream | undefined {
    const upstream = this.#upstream
    if (upstream) upstream.inFlight--
    this.#upstream = undefined
    return upstream
  }
}

const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11' // RFC 6455, 1.3

function acceptOf({ headers }: Call): string {
  return createHash('sha1').update(`${headers['sec-websocket-key']}${WEBSOCKET_GUID}`).digest('base64')
}
