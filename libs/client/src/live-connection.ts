import { CLOSE_CODES, LIVE_SUBPROTOCOL, type Problem, type ServerFrame, type Topic } from '@order-flow/contracts'
import { reconnectDelayMs } from './backoff.ts'
import { type Clock, systemClock } from './clock.ts'
import { type LiveSocket, type OpenSocket, runSocket, type SocketEnd } from './live-socket.ts'
import { createTopics, type LiveArrival } from './topics.ts'

/**
 * `live`: welcomed. `waiting`: will try again by itself. `signed_out` and `refused` (the door forbids it) stay until
 * `start()` is called again.
 */
export type LiveState = 'idle' | 'connecting' | 'live' | 'waiting' | 'signed_out' | 'refused'

export interface LiveOptions {
  /** e.g. `ws://127.0.0.1:8080/ws`. */
  url: string
  /** How to open a socket; the platform's WebSocket by default. */
  open?: OpenSocket
  /** Called once per event. An event counts as applied when this returns. */
  onEvent: (arrival: LiveArrival) => void
  onState?: (state: LiveState) => void
  /** Events may have been missed (first subscription, gap): read over HTTP what this topic keeps current. */
  onReload?: (topic: Topic) => void
  onProblem?: (problem: Problem) => void
  /** Asked after the server ended or refused the sign-in; answers whether there is a sign-in again. */
  renew?: () => Promise<boolean>
  clock?: Clock
  /** From 0 (inclusive) to 1. */
  random?: () => number
}

/** A socket that lived this long forgives the failures before it. */
const STABLE_MS = 10_000

/**
 * The live protocol over sockets that come and go: reconnects with backoff (0.5-30 s), subscribes again from the last
 * applied offset, and hands every event on once and in order.
 */
export function createLiveConnection(options: LiveOptions) {
  const { onState, onProblem, renew, clock = systemClock, random = Math.random } = options
  const open = options.open ?? openPlatformSocket
  const topics = createTopics({ onEvent: options.onEvent, onReload: options.onReload, send: (frame) => socket?.send(frame) })
  let state: LiveState = 'idle'
  let socket: ReturnType<typeof runSocket> | undefined
  let cancelTimer = () => {}
  let failures = 0
  /** Counts starts and stops, so that a renewal that ends after `stop()` changes nothing. */
  let life = 0

  function become(next: LiveState) {
    if (state === next) return
    state = next
    onState?.(next)
  }

  function connect() {
    cancelTimer()
    become('connecting')
    socket = runSocket({ socket: open(options.url, LIVE_SUBPROTOCOL), clock, onFrame, onEnd })
  }

  function onEnd(end: SocketEnd) {
    cancelTimer()
    socket = undefined
    if (state === 'idle') return
    if (end.code === CLOSE_CODES.forbidden) return become('refused')
    failures += 1
    become('waiting')
    const delayMs = reconnectDelayMs({ failures, hint: end.reconnectInMs, random })
    const signInInDoubt = end.code === CLOSE_CODES.signedOut || !end.welcomed
    cancelTimer = clock.after(delayMs, signInInDoubt && renew ? () => void renewThenConnect(renew) : connect)
  }

  async function renewThenConnect(ask: () => Promise<boolean>) {
    const mine = life
    // Not knowing (no network) is no reason to give up: the next attempt asks again.
    const signedIn = await ask().catch(() => true)
    if (mine !== life || state !== 'waiting') return
    if (signedIn) return connect()
    become('signed_out')
  }

  function onFrame(frame: ServerFrame) {
    switch (frame.type) {
      case 'welcome':
        return onWelcome()
      case 'subscribed':
      case 'gap':
      case 'event':
        return topics.onFrame(frame)
      case 'error':
        return onProblem?.(frame.problem)
    }
  }

  function onWelcome() {
    cancelTimer()
    cancelTimer = clock.after(STABLE_MS, () => {
      failures = 0
    })
    topics.subscribeAll()
    become('live')
  }

  return {
    /** Connects, and stays connected until `stop()`. */
    start() {
      if (state !== 'idle' && state !== 'signed_out' && state !== 'refused') return
      life += 1
      failures = 0
      connect()
    },
    /** Ends the connection; topics and their offsets are kept for the next `start()`. */
    stop() {
      life += 1
      cancelTimer()
      become('idle')
      socket?.end()
    },
    /** The network is back or the page is seen again: a waiting connection tries at once. */
    wake() {
      if (state === 'waiting') connect()
    },
    /** Follows a topic from `after` (the last offset already applied), or from now on. */
    subscribe(topic: Topic, after?: number) {
      topics.add(topic, after, state === 'live')
    },
    unsubscribe(topic: Topic) {
      topics.remove(topic, state === 'live')
    },
    state: () => state,
  }
}

export type LiveConnection = ReturnType<typeof createLiveConnection>

function openPlatformSocket(url: string, protocol: string): LiveSocket {
  return new WebSocket(url, protocol)
}
