import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Call } from './call.ts'
import { createWait, type Deadlines } from './deadlines.ts'
import { type HandshakeAnswer, shakeHands } from './handshake.ts'
import { CLIENT_GONE } from './observation.ts'
import { answerOf, overloaded, Refusal } from './refusal.ts'
import type { RouteMatch } from './routes/route-table.ts'
import type { Upstreams } from './upstreams.ts'

export interface TunnelParts {
  upstreams: Upstreams
  deadlines: Deadlines
  maxSockets: number
  maxSocketsPerUser: number
  /** A socket without a byte in either direction for so long is closed. */
  idleTimeoutMs: number
}

/** How a socket ended, for the access log. */
export interface SocketEnd {
  durationMs: number
  bytesFromClient: number
  bytesToClient: number
}

export interface Tunnel {
  /**
   * Passes a checked handshake on and joins both sockets when the upstream accepts it. `onHandshake` hears the status that
   * the client got, `onEnd` the end of an accepted socket.
   */
  open(call: Call, match: RouteMatch, socket: Socket, events: { onHandshake(status: number): void; onEnd(end: SocketEnd): void }): void
  openCount(): number
  /** Takes no new sockets, waits up to `graceMs` for the open ones to close, then cuts them. */
  close(graceMs: number): Promise<void>
}

/** After one side has ended, the other may finish for so long. */
const HALF_OPEN_MS = 5000
const TCP_KEEP_ALIVE_MS = 30_000

/** Makes the tunnel for WebSockets: after the handshake bytes pass as they are, with back-pressure, in both directions. */
export function createTunnel(parts: TunnelParts): Tunnel {
  const open = new Set<() => void>()
  const perUser = new Map<string, number>()
  let isClosing = false

  // Sockets in their handshake count too: otherwise many at once would pass the limit.
  function take(userId: string | undefined): void {
    if (isClosing) throw overloaded('The gateway is stopping.')
    if (open.size >= parts.maxSockets) throw overloaded(`${parts.maxSockets} sockets are open, which is all there can be.`)
    if (userId === undefined) return
    const count = perUser.get(userId) ?? 0
    if (count >= parts.maxSocketsPerUser) {
      throw new Refusal(429, 'too-many-sockets', `You have ${count} sockets open, which is all you can have.`, {
        headers: { 'retry-after': '5' },
      })
    }
    perUser.set(userId, count + 1)
  }

  function release(userId: string | undefined): void {
    if (userId === undefined) return
    const count = (perUser.get(userId) ?? 1) - 1
    if (count === 0) perUser.delete(userId)
    else perUser.set(userId, count)
  }

  return {
    open(call, match, socket, events) {
      const userId = call.identity?.userId
      take(userId)
      open.add(cut)
      socket.on('close', onClose)
      const giveUp = shakeHands(parts, call, match, onAnswer)
      let upstream: Duplex | undefined

      function onAnswer(answer: HandshakeAnswer): void {
        if (socket.destroyed) {
          if (answer.kind === 'accepted') answer.socket.destroy()
          events.onHandshake(CLIENT_GONE)
          return
        }
        if (answer.kind === 'accepted') {
          upstream = answer.socket
          socket.write(headOf(101, ['connection', 'Upgrade', 'upgrade', 'websocket', ...answer.headers]))
          splice(socket, answer.socket, parts)
        } else if (answer.kind === 'declined') endWith(socket, headOf(answer.status, closing(answer.headers, answer.body)), answer.body)
        else refuseUpgrade(call, socket, answer.error)
        events.onHandshake(statusOf(answer, call))
      }

      function onClose(): void {
        open.delete(cut)
        release(userId)
        if (!upstream) giveUp()
        else
          events.onEnd({
            durationMs: performance.now() - call.startedAtMs,
            bytesFromClient: socket.bytesRead,
            bytesToClient: socket.bytesWritten,
          })
      }

      function cut(): void {
        socket.destroy()
      }
    },
    openCount: () => open.size,
    async close(graceMs) {
      isClosing = true
      const endAtMs = performance.now() + graceMs
      while (open.size > 0 && performance.now() < endAtMs) await new Promise((resolve) => setTimeout(resolve, 50))
      for (const cut of [...open]) cut()
    },
  }
}

/** Joins two sockets: what one sends the other gets, as fast as it takes it; when one is gone, so is the other. */
function splice(client: Socket, upstream: Duplex, { deadlines, idleTimeoutMs }: TunnelParts): void {
  const halfOpen = createWait(cut)
  function cut(): void {
    deadlines.clear(halfOpen)
    client.destroy()
    upstream.destroy()
  }
  function onEnd(): void {
    deadlines.set(halfOpen, HALF_OPEN_MS)
  }
  client.setNoDelay(true)
  client.setKeepAlive(true, TCP_KEEP_ALIVE_MS)
  // Whatever passes is read or written here, so one clock sees both directions.
  client.setTimeout(idleTimeoutMs, cut)
  for (const side of [client, upstream]) side.on('end', onEnd).on('close', cut)
  client.pipe(upstream)
  upstream.pipe(client)
}

/** Answers an upgrade with a problem, as plain HTTP, closes the connection and tells the status. */
export function refuseUpgrade(call: Call, socket: Socket, error: unknown): number {
  call.failure = error
  const { status, headers, body } = answerOf(error, call.path)
  const lines = Object.entries(headers).flat()
  endWith(
    socket,
    headOf(status, [...lines, 'connection', 'close', 'x-request-id', call.requestId, 'traceparent', call.traceparent]),
    Buffer.from(body),
  )
  return status
}

const REFUSED_SOCKET_MS = 2000

function endWith(socket: Socket, head: string, body: Buffer): void {
  socket.setTimeout(REFUSED_SOCKET_MS, () => socket.destroy())
  socket.resume()
  socket.write(head)
  socket.end(body)
}

function closing(headers: readonly string[], body: Buffer): string[] {
  return [...headers, 'content-length', String(body.length), 'connection', 'close']
}

function headOf(status: number, headers: readonly string[]): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
  for (let index = 0; index < headers.length; index += 2) head += `${headers[index]}: ${headers[index + 1]}\r\n`
  return `${head}\r\n`
}

function statusOf(answer: HandshakeAnswer, call: Call): number {
  if (answer.kind === 'accepted') return 101
  return answer.kind === 'declined' ? answer.status : answerOf(answer.error, call.path).status
}
