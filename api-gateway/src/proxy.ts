import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import { sendRefusal } from './answer.ts'
import type { Call } from './call.ts'
import type { Deadlines, Wait } from './deadlines.ts'
import { clientHeaders, upstreamHeaders } from './headers.ts'
import { noInstance, overloaded } from './refusal.ts'
import { bodyKindOf, collectBody, StreamedBody } from './request-body.ts'
import type { Route } from './routes/route.ts'
import type { RouteMatch } from './routes/route-table.ts'
import { isConnectFailure, serviceName, upstreamFailure, upstreamTimeout } from './upstream-failure.ts'
import type { Upstream, Upstreams } from './upstreams.ts'

export interface ProxyParts {
  upstreams: Upstreams
  deadlines: Deadlines
  /** Most requests that one instance is given at a time, those waiting for a connection included. */
  maxInFlight: number
  /** A request body up to this size is collected before it is sent, which is cheaper than streaming it. */
  maxBufferedBytes: number
  /** How long a client may take nothing of an answer. */
  stallTimeoutMs: number
}

export interface HttpProxy {
  /** Sends a routed, admitted call to an instance of its service and its answer to the client. Errors: Refusal 413. */
  forward(call: Call, match: RouteMatch, response: ServerResponse): void
}

/** Makes the data path for HTTP. */
export function createProxy(parts: ProxyParts): HttpProxy {
  return {
    forward(call, match, response) {
      const { maxBodyBytes } = match.route
      const kind = bodyKindOf(call.request, maxBodyBytes, parts.maxBufferedBytes)
      const exchange = new Exchange(parts, call, match, response)
      if (kind === 'none') exchange.begin(null)
      else if (kind === 'small') collectBody(call.request, (body) => exchange.begin(body))
      else exchange.begin(new StreamedBody(call.request, maxBodyBytes))
    },
  }
}

/** One request on its way through, from the choice of an instance to the last byte of the answer. */
class Exchange implements Dispatcher.DispatchHandler, Wait {
  dueTick = 0
  previous: Wait | undefined
  next: Wait | undefined
  readonly #parts: ProxyParts
  readonly #call: Call
  readonly #match: RouteMatch
  readonly #response: ServerResponse
  #body: Buffer | StreamedBody | null = null
  #upstream: Upstream | undefined
  #controller: Dispatcher.DispatchController | undefined
  #isSent = false
  #isRetried = false
  #hasHead = false
  #isOver = false

  constructor(parts: ProxyParts, call: Call, match: RouteMatch, response: ServerResponse) {
    this.#parts = parts
    this.#call = call
    this.#match = match
    this.#response = response
    call.exchange = this
  }

  begin(body: Buffer | StreamedBody | null): void {
    if (this.#isOver) return
    this.#body = body
    this.#dispatch(this.#parts.upstreams.pick(this.#match.route.target))
  }

  #dispatch(upstream: Upstream | undefined): void {
    const { route } = this.#match
    if (this.#isOver) return
    if (!upstream) this.#refuse(noInstance(serviceName(route)))
    else if (upstream.inFlight >= this.#parts.maxInFlight) this.#refuse(overloaded(`Too many requests wait for ${serviceName(route)}.`))
    else this.#send(upstream, route)
  }

  #send(upstream: Upstream, route: Route): void {
    this.#upstream = upstream
    upstream.inFlight++
    this.#parts.deadlines.set(this, route.responseTimeoutMs)
    const { method, path, query, request } = this.#call
    const headers = upstreamHeaders(this.#call, this.#match)
    const length = request.headers['content-length']
    if (this.#body instanceof StreamedBody && length !== undefined) headers.push('content-length', length)
    upstream.pool.dispatch({ method: method as Dispatcher.HttpMethod, path: path + query, headers, body: this.#body }, this) // checked by checkRequest
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#isSent = true
    this.#controller = controller
    if (this.#isOver) controller.abort(new Error('The client went away or was answered.'))
  }

  onBodySent(): void {
    // A long upload is no slow answer: each piece of it that the upstream took starts the wait again.
    if (this.#body instanceof StreamedBody && !this.#hasHead && !this.#isOver) {
      this.#parts.deadlines.set(this, this.#match.route.responseTimeoutMs)
    }
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#isOver) return
    this.#parts.deadlines.clear(this)
    this.#response.writeHead(status, clientHeaders(status, headers, this.#call))
    this.#hasHead = true
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver || this.#response.write(chunk)) return
    controller.pause()
    this.#parts.deadlines.set(this, this.#parts.stallTimeoutMs)
    this.#response.once('drain', () => this.#onDrain())
  }

  #onDrain(): void {
    this.#parts.deadlines.clear(this)
    this.#controller?.resume()
  }

  onResponseEnd(): void {
    this.#leaveUpstream()
    if (this.#isOver) return
    this.#over()
    this.#response.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const failed = this.#leaveUpstream()
    if (this.#isOver) return
    if (failed && !this.#isSent && !this.#isRetried && isConnectFailure(error)) void this.#retry(failed)
    else if (this.#isSent || !isConnectFailure(error)) this.#refuse(upstreamFailure(this.#match.route, error))
    else this.#refuse(noInstance(serviceName(this.#match.route)))
  }

  /** Tries another instance, once. Nothing was sent to the first, so this is safe for every method. */
  async #retry(failed: Upstream): Promise<void> {
    this.#isRetried = true
    const { upstreams } = this.#parts
    this.#dispatch(await upstreams.pickOther(this.#match.route.target, failed))
  }

  onExpired(): void {
    if (this.#isOver) return
    if (this.#hasHead) this.cut()
    else this.#refuse(upstreamTimeout(this.#match.route))
    this.#abort()
  }

  /** Ends without an answer, or in the middle of one: the client must see that it is not whole. */
  cut(): void {
    if (this.#isOver) return
    this.#over()
    this.#response.destroy()
    this.#abort()
  }

  #refuse(error: Error): void {
    if (this.#hasHead) {
      this.cut()
      return
    }
    this.#over()
    sendRefusal(this.#call, this.#response, error)
  }

  #over(): void {
    this.#isOver = true
    this.#parts.deadlines.clear(this)
    if (this.#body instanceof StreamedBody && !this.#call.request.complete) {
      this.#body.destroy()
      this.#call.request.resume() // what the upstream did not want is read away, so that the connection can go on
    }
  }

  #abort(): void {
    this.#controller?.abort(new Error('The client went away or was answered.'))
  }

  #leaveUpstream(): Upstream | undefined {
    const upstream = this.#upstream
    if (upstream) upstream.inFlight--
    this.#upstream = undefined
    return upstream
  }
}
