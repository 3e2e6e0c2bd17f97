import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { LIVE_SUBPROTOCOL } from '@order-flow/contracts'
import { AppError, type TokenVerifier } from '@order-flow/service-kit'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import { LiveConnection, type LiveCounts } from './connection.ts'
import { type Arrival, checkHandshake, refuseHandshake } from './handshake.ts'
import { createHeartbeat } from './heartbeat.ts'
import { LiveSession, type SessionParts } from './session.ts'

export interface SocketsParts extends SessionParts {
  tokens: TokenVerifier
  counts: LiveCounts
}

export type Sockets = ReturnType<typeof createSockets>

const GOING_AWAY = 1001
/** How long a client may take to answer a closing handshake. */
const CLOSE_TIMEOUT_MS = 5000
const STOP_TIMEOUT_MS = 1500
/** Reconnects that the next instance is asked to take per second after a stop. */
const RECONNECTS_PER_SECOND = 2000

/** Door 3: the sockets at `/ws`. Hand `onUpgrade` the HTTP server's `upgrade` events. */
export function createSockets(parts: SocketsParts) {
  const { config, tokens, counts, now } = parts
  // @types/ws does not know closeTimeout yet.
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    maxPayload: config.maxFrameBytes,
    perMessageDeflate: false,
    clientTracking: false,
    closeTimeout: CLOSE_TIMEOUT_MS,
    handleProtocols: () => LIVE_SUBPROTOCOL,
  }
  const server = new WebSocketServer(options)
  const heartbeat = createHeartbeat(config.heartbeatMs, now)
  const open = new Set<LiveConnection>()
  const openByUser = new Map<string, number>()
  let arriving = 0
  let stopping = false
  let onLastClosed: (() => void) | undefined

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A client that hangs up during the handshake is nobody's problem.
    socket.on('error', () => socket.destroy())
    arriving += 1
    admit(request)
      .then((arrival) => {
        // Checked and opened in one go, so that handshakes at the same time cannot pass the limit together.
        checkUserLimit(arrival)
        server.handleUpgrade(request, socket, head, (ws) => onOpen(ws, socket, arrival))
      })
      .catch((error: unknown) => refuseHandshake(socket, request.url ?? '/', error))
      .finally(() => {
        arriving -= 1
      })
  }

  async function admit(request: IncomingMessage): Promise<Arrival> {
    if (stopping) throw new AppError('unavailable', 'The service is stopping.')
    if (open.size + arriving > config.maxSockets) {
      throw new AppError('unavailable', `All ${config.maxSockets} sockets are taken; try again later.`, { problem: 'overloaded' })
    }
    const arrival = await checkHandshake(request, tokens)
    if (stopping) throw new AppError('unavailable', 'The service is stopping.')
    return arrival
  }

  function checkUserLimit({ identity }: Arrival): void {
    if ((openByUser.get(identity.userId) ?? 0) < config.maxSocketsPerUser) return
    throw new AppError('too_many_requests', `You have ${config.maxSocketsPerUser} sockets open, which is the most one may have.`)
  }

  function onOpen(ws: WebSocket, socket: Duplex, { identity, expiresAtMs }: Arrival): void {
    const connection = new LiveConnection({ ws, socket, identity, expiresAtMs, maxBufferedBytes: config.maxBufferedBytes, counts })
    const session = new LiveSession(connection, parts)
    const stopBeating = heartbeat.add(connection)
    open.add(connection)
    openByUser.set(identity.userId, (openByUser.get(identity.userId) ?? 0) + 1)
    ws.on('message', (data, isBinary) => session.receive(data, isBinary))
    ws.on('ping', () => session.admit())
    ws.on('pong', () => session.admit())
    ws.on('error', () => undefined) // ws closes by itself, with the code that fits (1009, 1007, 1002)
    ws.on('close', () => {
      session.end()
      stopBeating()
      forget(connection)
    })
  }

  function forget(connection: LiveConnection): void {
    const { userId } = connection.identity
    const others = (openByUser.get(userId) ?? 1) - 1
    if (others > 0) openByUser.set(userId, others)
    else openByUser.delete(userId)
    open.delete(connection)
    if (open.size === 0) onLastClosed?.()
  }

  /** Tells every client to come back, spread over time, and closes (1001); cuts those off that do not answer. */
  async function stop(): Promise<void> {
    stopping = true
    heartbeat.stop()
    const maxReconnectMs = 1000 + Math.ceil((open.size / RECONNECTS_PER_SECOND) * 1000)
    for (const connection of open) connection.bye(GOING_AWAY, 'The service is stopping.', [200, maxReconnectMs])
    if (open.size === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, STOP_TIMEOUT_MS)
      onLastClosed = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    for (const connection of open) connection.terminate()
  }

  return { onUpgrade, stop, size: () => open.size }
}
