import type { ServerList } from '../servers/server-list.ts'
import { NoPushError, type PushConnection, pause, UnfitStreamError } from './push-connection.ts'

/** Keeps a connection over which changes are pushed, as long as a server gives one. */
export interface Push {
  /** Connects. Resolves when the first event has come (true) or that is given up for now (false). */
  start(): Promise<boolean>
  /** An event came and was taken. */
  worked(): void
  /** The server wants this pause before a reconnection, ms. */
  setRetryMs(retryMs: number): void
  stop(): Promise<void>
}

export interface PushOptions {
  connect: PushConnection
  servers: ServerList
  signal: AbortSignal
  /** The longest wait of `start` for the first event. */
  firstEventMs: number
  /** Events come: there is no need to poll. */
  onWorking(): void
  /** No events come for now: poll. */
  onBroken(wasWorking: boolean): void
  /** From 0 to below 1. */
  random?: () => number
}

/** How long a registry whose servers have no push is left in peace. */
const LOOK_AGAIN_MS = 5 * 60_000
const MIN_RETRY_MS = 100
const MAX_RETRY_MS = 60_000
const USUAL_RETRY_MS = 2000
/** A connection that held this long is no sign of trouble when it ends. */
const STEADY_MS = 30_000

/** Makes a push; nothing happens until `start`. */
export function createPush({ connect, servers, signal, firstEventMs, onWorking, onBroken, random = Math.random }: PushOptions): Push {
  let isWorking = false
  let retryMs = USUAL_RETRY_MS
  let failures = 0
  let running: Promise<void> = Promise.resolve()
  // Settles what `start` answered.
  let decide: (works: boolean) => void = () => undefined

  async function keepConnected(): Promise<void> {
    while (!signal.aborted) {
      const beganAtMs = performance.now()
      const hasPush = await connectToOne()
      if (signal.aborted) return
      if (performance.now() - beganAtMs > STEADY_MS) failures = 0
      decide(false)
      onBroken(isWorking)
      isWorking = false
      await pause(hasPush ? nextRetryMs() : spread(LOOK_AGAIN_MS), signal)
    }
  }

  // Answers whether it is worth to connect again soon. A connection that worked is not followed by another at once, but by the pause: its server may be restarting.
  async function connectToOne(): Promise<boolean> {
    let someHaveNone = false
    for (const server of await candidates()) {
      try {
        await connect(server)
      } catch (error) {
        someHaveNone ||= error instanceof NoPushError
        if (!(error instanceof NoPushError || error instanceof UnfitStreamError)) servers.failed(server)
      }
      if (isWorking || signal.aborted) return true
    }
    return !someHaveNone
  }

  async function candidates() {
    try {
      return await servers.candidates()
    } catch {
      return [] // the fetch that follows tells why
    }
  }

  function nextRetryMs(): number {
    return spread(Math.min(MAX_RETRY_MS, Math.max(MIN_RETRY_MS, retryMs) * 2 ** Math.min(failures++, 10)))
  }

  // Many clients lose the same server at the same moment and must not come back all at once.
  function spread(ms: number): number {
    return ms * (0.5 + random() * 0.5)
  }

  return {
    start() {
      const first = new Promise<boolean>((resolve) => {
        const timer = setTimeout(resolve, firstEventMs, false)
        decide = (works) => {
          clearTimeout(timer)
          resolve(works)
        }
      })
      signal.addEventListener('abort', () => decide(false), { once: true })
      running = keepConnected()
      return first
    },
    worked() {
      if (isWorking) return
      isWorking = true
      onWorking()
      decide(true)
    },
    setRetryMs(ms) {
      retryMs = Math.min(ms, MAX_RETRY_MS)
    },
    async stop() {
      await running
    },
  }
}
