import type { ClientSettings } from '../options/client-options.ts'
import { type Requester, requestInit } from '../servers/requester.ts'
import type { Server } from '../servers/server-list.ts'
import { createWatchdog } from '../servers/watchdog.ts'
import { createEventStreamReader } from './event-stream.ts'
import { type PushedEvent, parsePushedEvent } from './pushed-event.ts'

/** Says that a server has no push, or that something between holds it back. */
export class NoPushError extends Error {}

/** Says that the server lives but its stream is of no use now: it is busy, or what it told does not fit what we know. */
export class UnfitStreamError extends Error {}

export interface PushConnectionOptions {
  settings: ClientSettings
  fetch: typeof fetch
  requester: Pick<Requester, 'askOne'>
  /** Ends connections. */
  signal: AbortSignal
  /** The event to go on from; undefined: begin with a snapshot. Asked at each request. */
  lastEventId(): string | undefined
  onEvent(event: PushedEvent): void
  /** The server names the pause before a reconnection, ms. */
  onRetry(retryMs: number): void
}

/**
 * Hears of changes from one server until the connection ends.
 * Errors: NoPushError, UnfitStreamError, what `onEvent` threw; anything else is a connection that broke.
 */
export type PushConnection = (server: Server) => Promise<void>

/** Longest silence of a stream, ms: three times the pause between the server's signs of life. */
export const SILENCE_MS = 45_000
const MAX_EVENT_LENGTH = 256 * 1024 * 1024
const WAIT_SECONDS = 30
/** Changes that follow one another closely come together, and no server is asked in a rush. */
const LONG_POLL_GAP_MS = 50
/** A server that has nothing to tell is to say so after the wait; one that says so at once is asked with this pause, ms. */
const EMPTY_GAP_MS = 1000

/** Server-sent events: one answer that does not end. */
export function createEventStream({ settings, fetch, signal, lastEventId, onEvent, onRetry }: PushConnectionOptions): PushConnection {
  return async (server) => {
    const watchdog = createWatchdog({ silenceMs: beginMs(settings), parent: signal })
    let response: Response | undefined
    try {
      const id = lastEventId()
      const headers = { accept: 'text/event-stream', ...(id === undefined ? {} : { 'last-event-id': id }) }
      // Not compressed, whatever is set: whoever compresses a stream between us collects it first.
      const init = requestInit(server, { method: 'GET', headers }, false, watchdog.signal)
      response = await fetch(`${server.base}/apps/stream`, init)
      checkAnswer(response, 'text/event-stream')
      // Bytes must come soon: a proxy that collects answers would have us wait for ever.
      watchdog.fed(settings.eurekaServerReadTimeoutSeconds * 1000)
      await readEvents(response, { onEvent, onRetry, onBytes: () => watchdog.fed(SILENCE_MS) })
    } finally {
      watchdog.end()
      // An answer that is not read to its end would keep its connection. It may be broken already, or being read.
      response?.body?.cancel().catch(() => undefined)
    }
  }
}

interface EventReaders extends Pick<PushConnectionOptions, 'onEvent' | 'onRetry'> {
  onBytes(): void
}

async function readEvents(response: Response, { onEvent, onRetry, onBytes }: EventReaders): Promise<void> {
  if (!response.body) return
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let hasBytes = false
  const reader = createEventStreamReader({
    maxEventLength: MAX_EVENT_LENGTH,
    onRetry,
    onEvent({ type, id, data }) {
      const event = parsePushedEvent(type, id, data)
      if (event) onEvent(event)
    },
  })
  try {
    for await (const chunk of response.body) {
      hasBytes = true
      onBytes()
      reader.take(decoder.decode(chunk, { stream: true }))
    }
  } catch (error) {
    if (!hasBytes && error instanceof Error && error.name === 'TimeoutError') throw new NoPushError('no event came')
    throw error
  }
}

/** Long polling: each answer is one event, and comes when there is one. */
export function createLongPoll({ requester, signal, lastEventId, onEvent }: PushConnectionOptions): PushConnection {
  /** Answers the pause until the next request, ms. */
  async function askOnce(server: Server): Promise<number> {
    const beganAtMs = performance.now()
    const id = lastEventId()
    const path = `apps/stream?wait=${WAIT_SECONDS}${id === undefined ? '' : `&after=${encodeURIComponent(id)}`}`
    const answer = await requester.askOne(server, { method: 'GET', path, extraWaitMs: WAIT_SECONDS * 1000 })
    if (answer.status === 204 && id !== undefined) return Math.max(LONG_POLL_GAP_MS, EMPTY_GAP_MS - (performance.now() - beganAtMs))
    checkAnswer(answer, 'application/json')
    const event = parsePushedEvent(answer.headers.get('x-eureka-event'), answer.headers.get('x-eureka-event-id'), answer.text)
    if (!event) throw new NoPushError('the answer is no event')
    onEvent(event)
    return LONG_POLL_GAP_MS
  }

  return async (server) => {
    while (!signal.aborted) await pause(await askOnce(server), signal)
  }
}

function checkAnswer({ status, headers }: { status: number; headers: Headers }, contentType: string): void {
  // A server that does not know the stream, or does not give it: to ask it again soon is no use.
  if ((status >= 400 && status < 500) || status === 501) throw new NoPushError(`it answered ${status}`)
  if (status !== 200) throw new UnfitStreamError(`it answered ${status}`)
  const actual = headers.get('content-type') ?? ''
  if (!actual.startsWith(contentType)) throw new NoPushError(`it answered with ${actual || 'no type'}`)
}

function beginMs(settings: ClientSettings): number {
  return (settings.eurekaServerConnectTimeoutSeconds + settings.eurekaServerReadTimeoutSeconds) * 1000
}

/** Resolves after the pause, or at once when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
