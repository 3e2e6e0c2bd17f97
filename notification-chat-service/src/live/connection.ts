import type { Duplex } from 'node:stream'
import { CLOSE_CODES } from '@order-flow/contracts'
import type { Identity } from '@order-flow/service-kit'
import { WebSocket } from 'ws'
import { frameText } from './frames.ts'
import type { FrameSink } from './subscription.ts'

/** Counts over all connections of the process, read by the metrics. */
export interface LiveCounts {
  framesSent: number
  pushesDropped: number
}

export interface ConnectionParts {
  ws: WebSocket
  /** The TCP socket beneath `ws`. */
  socket: Duplex
  identity: Identity
  /** When the sign-in ends, ms since the epoch. */
  expiresAtMs: number
  maxBufferedBytes: number
  counts: LiveCounts
}

const MAX_UNANSWERED_PINGS = 2
const SIGN_IN_AGAIN_MS: [number, number] = [0, 1000]

/** One client's socket, as far as sending goes: bounded, never waited for. */
export class LiveConnection implements FrameSink {
  readonly identity: Identity
  readonly #parts: ConnectionParts
  #corked = false
  #unansweredPings = 0

  constructor(parts: ConnectionParts) {
    this.identity = parts.identity
    this.#parts = parts
  }

  get isOpen(): boolean {
    return this.#parts.ws.readyState === WebSocket.OPEN
  }

  /** Sends a frame, or closes with 4408 when the client is too far behind. */
  send(frame: string): void {
    if (!this.isOpen) return
    const { ws, maxBufferedBytes, counts } = this.#parts
    // What is corked has not had its chance yet to leave.
    if (ws.bufferedAmount > maxBufferedBytes && this.#corked) this.#uncork()
    if (ws.bufferedAmount > maxBufferedBytes) {
      counts.pushesDropped += 1
      this.close(CLOSE_CODES.slowConsumer, 'Too slow to keep up.')
      return
    }
    this.#cork()
    counts.framesSent += 1
    ws.send(frame)
  }

  get isFull(): boolean {
    return this.#parts.socket.writableNeedDrain
  }

  async roomAgain(stallMs: number): Promise<void> {
    const { socket } = this.#parts
    if (!this.isFull || socket.destroyed) return
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        socket.off('drain', done)
        socket.off('close', done)
        resolve()
      }
      const timer = setTimeout(() => {
        this.close(CLOSE_CODES.slowConsumer, 'Nothing was read for too long.')
        done()
      }, stallMs)
      socket.on('drain', done)
      socket.on('close', done)
    })
  }

  /** Says goodbye with a hint when to come back, then closes. */
  bye(code: number, reason: string, reconnectInMs: [number, number]): void {
    this.send(frameText({ type: 'bye', reason, reconnectInMs }))
    this.close(code, reason)
  }

  close(code: number, reason: string): void {
    this.#parts.ws.close(code, reason)
  }

  /** Ends without a closing handshake. */
  terminate(): void {
    this.#parts.ws.terminate()
  }

  /** Closes with 4401 when the sign-in has ended; answers whether it had. */
  endExpired(nowMs: number): boolean {
    if (nowMs < this.#parts.expiresAtMs) return false
    this.bye(CLOSE_CODES.signedOut, 'The sign-in has expired.', SIGN_IN_AGAIN_MS)
    return true
  }

  /** The client has been heard of: it is alive. */
  heard(): void {
    this.#unansweredPings = 0
  }

  /** Once per heartbeat: pings, or gives the client up that answered neither of the last two. */
  beat(nowMs: number): void {
    if (!this.isOpen || this.endExpired(nowMs)) return
    if (this.#unansweredPings < MAX_UNANSWERED_PINGS) {
      this.#unansweredPings += 1
      this.#parts.ws.ping()
    } else {
      this.terminate()
    }
  }

  /** What is sent within one turn of the event loop leaves in one system call. */
  #cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#parts.socket.cork()
    process.nextTick(() => this.#uncork())
  }

  #uncork(): void {
    if (!this.#corked) return
    this.#corked = false
    this.#parts.socket.uncork()
  }
}
