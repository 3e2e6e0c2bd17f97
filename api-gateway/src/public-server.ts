import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { AppError } from '@order-flow/service-kit'
import { answerOf, Refusal } from './refusal.ts'

export interface PublicServerOptions {
  maxConnections: number
  /** From the connection, or the request's first byte, to the end of its headers. */
  headersTimeoutMs: number
  /** To the end of its body. */
  requestTimeoutMs: number
  keepAliveTimeoutMs: number
  onRequest(request: IncomingMessage, response: ServerResponse): void
  /** Hears WebSocket handshakes only; any other upgrade is served as the plain request that it is. */
  onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void
}

export interface PublicServer {
  /** Listens and answers the port. Errors: `unavailable` with problem `port-in-use`. */
  listen(host: string, port: number): Promise<number>
  /** Takes no new connections, lets running requests end for up to `graceMs`, then cuts the rest. */
  stop(graceMs: number): Promise<void>
}

const MAX_HEADER_BYTES = 16_384
/** One above what the gateway accepts would do: beyond it Node cuts silently, and a cut list must be refused. */
const MAX_HEADERS_COUNT = 128
const CHECK_INTERVAL_MS = 2000
/**
 * Connections that wait to be accepted. The system drops more without a word, and their clients ask again after 1, 3, 7, 15
 * seconds: with Node's 511 some orders took half a minute when many clients came at once. Linux takes 4,096 at most (somaxconn).
 */
const BACKLOG = 4096
const IDLE_SWEEP_MS = 50

/** Makes the HTTP server that stands at the edge. */
export function createPublicServer(options: PublicServerOptions): PublicServer {
  let isStopping = false
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: options.headersTimeoutMs,
      requestTimeout: options.requestTimeoutMs,
      keepAliveTimeout: options.keepAliveTimeoutMs,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      insecureHTTPParser: false,
      noDelay: true,
      shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
    },
    (request, response) => {
      if (isStopping) response.shouldKeepAlive = false
      options.onRequest(request, response)
    },
  )
  server.maxHeadersCount = MAX_HEADERS_COUNT
  server.maxConnections = options.maxConnections
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => {}) // its 'close' follows and is what counts
    options.onUpgrade(request, socket, head)
  })
  server.on('clientError', answerClientError)

  return {
    listen: (host, port) => listen(server, host, port),
    async stop(graceMs) {
      isStopping = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS)
      const cut = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed
      clearInterval(sweep)
      clearTimeout(cut)
    },
  }
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error)
      const message = `Port ${port} on ${host} is in use by another program.`
      reject(new AppError('unavailable', message, { cause: error, problem: 'port-in-use', facts: { port } }))
    })
    server.listen({ host, port, backlog: BACKLOG }, resolve)
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The gateway listens, but on no port.')
  return address.port
}

/** Answers what the parser refused: there is no request to speak of, only a socket. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // An answer that is under way must not get another one in its middle; what is written of it may still go out.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroySoon()
    return
  }
  const { status, headers, body } = answerOf(refusalOf(error), '/')
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}connection: close\r\n\r\n${body}`)
}

function refusalOf(error: NodeJS.ErrnoException): Refusal {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Refusal(431, 'headers-too-large', `The request line and headers are larger than ${MAX_HEADER_BYTES} bytes.`)
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Refusal(408, 'request-timeout', 'The request did not arrive in time.')
    default:
      return new Refusal(400, 'bad-request', 'This is not a valid HTTP request.')
  }
}
