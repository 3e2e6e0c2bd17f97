import { createLiveConnection } from '@order-flow/client'
import { LIVE_SUBPROTOCOL, type Notification, type ServerFrame } from '@order-flow/contracts'
import { WebSocket } from 'ws'
import type { Random } from '../random.ts'
import type { Customer } from './customer.ts'

/** Somebody's browser that is told of every change: our own client library on real sockets. */
export interface Listener {
  customer: Customer
  /** Notifications as the library handed them on. */
  notifications: Notification[]
  /** What broke the rules of the live protocol, as sentences. */
  faults: string[]
  /** Sockets opened so far. */
  sockets(): number
  /** The network is back: a connection that waits tries at once. */
  wake(): void
  close(): void
}

const HANDSHAKE_TIMEOUT_MS = 8000

/** Listens to a customer's topic from its beginning, through one gateway or the other, and resumes whenever a socket ends. */
export function startListener({
  customer,
  gateways,
  random,
}: {
  customer: Customer
  gateways: readonly string[]
  random: Random
}): Listener {
  const notifications: Notification[] = []
  const faults: string[] = []
  let sockets = 0

  function open(): WebSocket {
    const socket = new WebSocket(`${random.pick(gateways).replace('http', 'ws')}/ws`, LIVE_SUBPROTOCOL, {
      headers: { authorization: `Bearer ${customer.currentToken()}` },
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    })
    sockets += 1
    watchForRepeats(socket)
    return socket
  }

  /** The library drops what it has applied, so what comes twice is seen here only. */
  function watchForRepeats(socket: WebSocket): void {
    const seen = new Set<number>()
    socket.on('message', (data) => {
      const frame = JSON.parse(data.toString()) as ServerFrame // our own server's
      // A new subscription may bring what came before.
      if (frame.type === 'subscribed') seen.clear()
      if (frame.type !== 'event' || frame.offset === undefined) return
      if (seen.has(frame.offset)) faults.push(`${customer.name} got offset ${frame.offset} twice on one socket.`)
      seen.add(frame.offset)
    })
  }

  const live = createLiveConnection({
    url: gateways[0] ?? '',
    open,
    onEvent({ event }) {
      if (event.kind === 'notification') notifications.push(event.notification)
    },
    onReload: (topic) => faults.push(`${customer.name} was told that events of ${topic} are lost.`),
    onProblem: (problem) => faults.push(`${customer.name} was refused a subscription: ${problem.detail ?? problem.title}`),
    renew: () => customer.renew().then(() => true),
    random: random.next,
  })
  live.subscribe('user:me', 0)
  live.start()
  return { customer, notifications, faults, sockets: () => sockets, wake: () => live.wake(), close: () => live.stop() }
}
