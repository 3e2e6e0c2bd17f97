import { LIVE_SUBPROTOCOL, type LiveEvent, ServerFrame, type Topic } from '@order-flow/contracts'
import { Compile } from 'typebox/compile'
import WebSocket from 'ws'
import { EXIT, Failure } from './command.ts'
import { pause } from './gateway.ts'

export interface LiveSocketOptions {
  /** The gateway's `http://host:port`; the socket is at its `/ws`. */
  gatewayUrl: string
  topic: Topic
  token: () => Promise<string>
  /**
   * `atMs` is this process's monotonic clock when the frame came in; `offset` is the event's in its topic, undefined in a
   * topic without offsets.
   */
  onEvent: (event: LiveEvent, atMs: number, offset: number | undefined) => void
  signal: AbortSignal
}

const serverFrame = Compile(ServerFrame)

const FIRST_SUBSCRIPTION_MS = 15_000
const RECONNECT_MS = 500
// The server's heartbeat is far shorter: this long without a sign of life, the connection is dead.
const SILENCE_MS = 90_000

/**
 * Listens to one topic and comes back after every interruption, until closed; what happened meanwhile is not told.
 * Resolves once subscribed; a Failure when that does not happen within 15 s.
 */
export async function openLiveSocket(options: LiveSocketOptions) {
  const ended = new AbortController()
  const signal = AbortSignal.any([options.signal, ended.signal])
  let subscribed = () => {}
  const ready = new Promise<true>((resolve) => {
    subscribed = () => resolve(true)
  })
  const listening = keepListening(options, subscribed, signal)
  const first = await Promise.race([ready, pause(FIRST_SUBSCRIPTION_MS, signal).then(() => false), listening.then(() => false)])
  if (!first) {
    ended.abort()
    options.signal.throwIfAborted()
    throw new Failure(EXIT.failed, `${socketUrl(options.gatewayUrl)} does not let us listen to "${options.topic}".`)
  }
  return {
    async close(): Promise<void> {
      ended.abort()
      await listening
    },
  }
}

export type LiveSocketConnection = Awaited<ReturnType<typeof openLiveSocket>>

async function keepListening(options: LiveSocketOptions, subscribed: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Without a token there is nothing to listen with; whoever sends orders meets the same trouble and reports it.
    await listen(options, subscribed, signal).catch(() => {})
    await pause(RECONNECT_MS, signal).catch(() => {})
  }
}

/** One connection, from opening to its end, whatever ends it. */
async function listen(options: LiveSocketOptions, subscribed: () => void, signal: AbortSignal): Promise<void> {
  const authorization = `Bearer ${await options.token()}`
  const socket = new WebSocket(socketUrl(options.gatewayUrl), LIVE_SUBPROTOCOL, { headers: { authorization }, perMessageDeflate: false })
  const cut = () => socket.terminate()
  signal.addEventListener('abort', cut, { once: true })
  const watchdog = setTimeout(cut, SILENCE_MS)
  socket.on('ping', () => watchdog.refresh())
  socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', topic: options.topic })))
  socket.on('message', (data) => {
    const atMs = performance.now()
    watchdog.refresh()
    const frame = parseFrame(String(data))
    if (frame?.type === 'subscribed') subscribed()
    if (frame?.type === 'event') options.onEvent(frame.event, atMs, frame.offset)
  })
  await new Promise<void>((resolve) => {
    // An error is always followed by `close`.
    socket.on('error', () => {})
    socket.on('close', () => resolve())
  })
  clearTimeout(watchdog)
  signal.removeEventListener('abort', cut)
}

/** A frame of the live protocol; undefined for anything else, which a newer server may send. */
function parseFrame(text: string): ServerFrame | undefined {
  try {
    const frame: unknown = JSON.parse(text)
    return serverFrame.Check(frame) ? frame : undefined
  } catch {
    return undefined
  }
}

function socketUrl(gatewayUrl: string): string {
  return `${gatewayUrl.replace(/^http/, 'ws')}/ws`
}
