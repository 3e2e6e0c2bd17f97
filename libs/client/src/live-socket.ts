import type { ClientFrame, ServerFrame } from '@order-flow/contracts'
import type { Clock } from './clock.ts'

/** The part of a WebSocket used here: the browser's, Node's and that of the `ws` package all have it. */
export interface LiveSocket {
  send(text: string): void
  close(): void
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: unknown) => void): void
}

/** Opens a socket; the place to add headers where the platform can. */
export type OpenSocket = (url: string, protocol: string) => LiveSocket

/** How one socket's life ended. `code` is undefined when this side gave it up. */
export interface SocketEnd {
  welcomed: boolean
  code: number | undefined
  /** The server's wish, from its `bye`: when to come back. */
  reconnectInMs: [number, number] | undefined
}

export interface LiveSocketOptions {
  socket: LiveSocket
  clock: Clock
  /** Every frame but `pong` and `bye`, which are dealt with here. */
  onFrame: (frame: ServerFrame) => void
  /** Called once; nothing is called after it. */
  onEnd: (end: SocketEnd) => void
}

const WELCOME_TIMEOUT_MS = 10_000

/**
 * One socket from opening to end: waits for the welcome, then pings every `heartbeatMs` and gives the socket up when
 * nothing at all came for two of them. `end()` gives it up at once and still calls `onEnd`.
 */
export function runSocket({ socket, clock, onFrame, onEnd }: LiveSocketOptions) {
  let ended = false
  let welcomed = false
  let pings = 0
  let heardAt = clock.now()
  let cancelTimer = clock.after(WELCOME_TIMEOUT_MS, () => end())

  function end(code?: number, reconnectInMs?: [number, number]) {
    if (ended) return
    ended = true
    cancelTimer()
    socket.close()
    onEnd({ welcomed, code, reconnectInMs })
  }

  function beat(heartbeatMs: number) {
    if (clock.now() - heardAt >= 2 * heartbeatMs) return end()
    send({ type: 'ping', n: ++pings })
    cancelTimer = clock.after(heartbeatMs, () => beat(heartbeatMs))
  }

  function onMessage(event: unknown) {
    if (ended) return
    heardAt = clock.now()
    const frame = parseFrame(event)
    if (frame === undefined) return end()
    if (frame.type === 'pong') return
    if (frame.type === 'bye') return end(undefined, frame.reconnectInMs)
    if (frame.type === 'welcome') {
      welcomed = true
      cancelTimer()
      cancelTimer = clock.after(frame.heartbeatMs, () => beat(frame.heartbeatMs))
    }
    onFrame(frame)
  }

  function send(frame: ClientFrame) {
    if (!ended) socket.send(JSON.stringify(frame))
  }

  socket.addEventListener('message', onMessage)
  socket.addEventListener('close', (event) => end(closeCode(event)))
  // An error is always followed by a close, which tells more; without a listener `ws` would throw it.
  socket.addEventListener('error', () => {})
  return { send, end: () => end() }
}

/** The server is ours and validates what it sends: only that this is a frame at all is checked. */
function parseFrame(event: unknown): ServerFrame | undefined {
  try {
    const data: unknown = (event as { data?: unknown }).data // a MessageEvent, whatever platform made it
    const frame: unknown = typeof data === 'string' ? JSON.parse(data) : undefined
    return typeof frame === 'object' && frame !== null && 'type' in frame ? (frame as ServerFrame) : undefined
  } catch {
    return undefined
  }
}

function closeCode(event: unknown): number | undefined {
  const code: unknown = (event as { code?: unknown }).code // a CloseEvent, whatever platform made it
  return typeof code === 'number' ? code : undefined
}
