import type { ClientFrame, ServerFrame } from '@order-flow/contracts'
import { expect, test } from 'vitest'
import { createLiveConnection, type LiveOptions, type LiveState } from './live-connection.ts'
import type { LiveSocket } from './live-socket.ts'
import type { LiveArrival } from './topics.ts'

function aSocket() {
  const listeners = new Map<string, ((event: unknown) => void)[]>()
  const sent: ClientFrame[] = []
  const emit = (type: string, event: unknown) => {
    for (const listen of listeners.get(type) ?? []) listen(event)
  }
  let closed = false
  const socket: LiveSocket = {
    send: (text) => sent.push(JSON.parse(text)),
    close: () => {
      closed = true
    },
    addEventListener: (type, listener) => listeners.set(type, [...(listeners.get(type) ?? []), listener]),
  }
  return {
    socket,
    sent,
    isClosed: () => closed,
    receive(...frames: ServerFrame[]) {
      for (const frame of frames) emit('message', { data: JSON.stringify(frame) })
    },
    receiveText: (data: string) => emit('message', { data }),
    drop: (code = 1006) => emit('close', { code }),
  }
}

function aClock() {
  let now = 0
  let timers: { at: number; run: () => void }[] = []
  return {
    now: () => now,
    after(delayMs: number, run: () => void) {
      const timer = { at: now + delayMs, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    pass(ms: number) {
      const until = now + ms
      for (;;) {
        const next = timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        timers = timers.filter((timer) => timer !== next)
        now = next.at
        next.run()
      }
      now = until
    },
    pending: () => timers.length,
  }
}

const welcome: ServerFrame = { type: 'welcome', userId: 'u1', heartbeatMs: 1000 }
const subscribed = (offset: number): ServerFrame => ({ type: 'subscribed', topic: 'user:me', offset })
const anEvent = (offset: number): ServerFrame => ({
  type: 'event',
  topic: 'user:me',
  offset,
  event: {
    kind: 'notification',
    notification: {
      id: `n${offset}`,
      kind: 'order',
      orderId: 'o1',
      orderNumber: '1',
      orderVersion: offset,
      status: 'placed',
      eventType: 'io.orderflow.order.placed.v1',
      detail: null,
      at: '2026-01-01T00:00:00Z',
    },
  },
})

function aConnection(more: Partial<LiveOptions> = {}) {
  const clock = aClock()
  const sockets: ReturnType<typeof aSocket>[] = []
  const applied: LiveArrival[] = []
  const states: LiveState[] = []
  const reloads: string[] = []
  const connection = createLiveConnection({
    url: 'ws://test/ws',
    open() {
      const socket = aSocket()
      sockets.push(socket)
      return socket.socket
    },
    onEvent: (arrival) => applied.push(arrival),
    onState: (state) => states.push(state),
    onReload: (topic) => reloads.push(topic),
    clock,
    random: () => 0,
    ...more,
  })
  const last = () => sockets.at(-1) ?? aSocket()
  return { connection, clock, sockets, last, states, reloads, offsets: () => applied.map((arrival) => arrival.offset) }
}

function aLiveConnection(more: Partial<LiveOptions> = {}) {
  const parts = aConnection(more)
  parts.connection.subscribe('user:me')
  parts.connection.start()
  parts.last().receive(welcome, subscribed(5))
  return parts
}

test('after the welcome it subscribes, from now on when no offset is known, and asks for a reload', () => {
  const { last, states, reloads } = aLiveConnection()
  expect(last().sent).toEqual([{ type: 'subscribe', topic: 'user:me' }])
  expect(states).toEqual(['connecting', 'live'])
  expect(reloads).toEqual(['user:me'])
})

test('events are handed on once and in order, and lower ones dropped', () => {
  const { last, offsets } = aLiveConnection()
  last().receive(anEvent(5), anEvent(6), anEvent(6), anEvent(7))
  expect(offsets()).toEqual([6, 7])
})

test('a hole makes it ask again once and go on from what it had', () => {
  const { last, offsets, reloads } = aLiveConnection()
  last().receive(anEvent(6), anEvent(8), anEvent(9))
  expect(last().sent.slice(1)).toEqual([{ type: 'subscribe', topic: 'user:me', after: 6 }])
  last().receive(subscribed(9), anEvent(7), anEvent(8), anEvent(9))
  expect(offsets()).toEqual([6, 7, 8, 9])
  expect(reloads).toHaveLength(1)
})

test('a hole that stays after asking again is given up for a reload', () => {
  const { last, offsets, reloads } = aLiveConnection()
  last().receive(anEvent(8), subscribed(8), anEvent(8), anEvent(9))
  expect(offsets()).toEqual([8, 9])
  expect(reloads).toHaveLength(2)
})

test('a gap asks for a reload and goes on from the offset it names', () => {
  const { last, offsets, reloads } = aLiveConnection()
  last().receive({ type: 'gap', topic: 'user:me', offset: 90 }, anEvent(91))
  expect(offsets()).toEqual([91])
  expect(reloads).toHaveLength(2)
})

test('a server whose count began anew is followed from its count', () => {
  const { last, clock, offsets, reloads } = aLiveConnection()
  last().drop()
  clock.pass(500)
  last().receive(welcome, subscribed(0), anEvent(1))
  expect(offsets()).toEqual([1])
  expect(reloads).toHaveLength(2)
})

test('a new socket resumes after the last applied offset', () => {
  const { last, clock, states } = aLiveConnection()
  last().receive(anEvent(6))
  last().drop()
  clock.pass(500)
  last().receive(welcome)
  expect(last().sent).toEqual([{ type: 'subscribe', topic: 'user:me', after: 6 }])
  expect(states).toEqual(['connecting', 'live', 'waiting', 'connecting', 'live'])
})

test('an event whose handler fails counts as not applied', () => {
  let broken = true
  const { last } = aLiveConnection({
    onEvent() {
      if (broken) throw new Error('broken')
    },
  })
  expect(() => last().receive(anEvent(6))).toThrow('broken')
  broken = false
  last().receive(anEvent(7))
  expect(last().sent.at(-1)).toEqual({ type: 'subscribe', topic: 'user:me', after: 5 })
})

test('failures back off from half a second to at most thirty, and a stable connection forgives them', () => {
  const { clock, last, sockets, connection } = aConnection({ random: () => 1 })
  connection.start()
  const delaysMs: number[] = []
  for (let failure = 1; failure <= 8; failure += 1) {
    const opened = sockets.length
    const begunAt = clock.now()
    last().drop()
    while (sockets.length === opened) clock.pass(100)
    delaysMs.push(clock.now() - begunAt)
  }
  expect(delaysMs).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
  last().receive(welcome)
  for (let second = 0; second < 10; second += 1) {
    clock.pass(1000)
    last().receive({ type: 'pong', n: second })
  }
  const opened = sockets.length
  last().drop()
  clock.pass(1000)
  expect(sockets).toHaveLength(opened + 1)
})

test('it pings every heartbeat and gives up a socket that is silent for two', () => {
  const { last, sockets, clock } = aLiveConnection()
  clock.pass(1000)
  expect(last().sent.at(-1)).toEqual({ type: 'ping', n: 1 })
  last().receive({ type: 'pong', n: 1 })
  clock.pass(1000)
  expect(last().isClosed()).toBe(false)
  clock.pass(1500)
  expect(sockets[0]?.isClosed()).toBe(true)
  expect(sockets).toHaveLength(2)
})

test('a socket that is never welcomed is given up after ten seconds', () => {
  const { connection, clock, sockets } = aConnection()
  connection.start()
  clock.pass(10_500)
  expect(sockets).toHaveLength(2)
})

test('a text that is no frame ends the socket; a frame of an unknown type is passed over', () => {
  const { last, states } = aLiveConnection()
  last().receiveText('{"type":"weather"}')
  expect(states.at(-1)).toBe('live')
  last().receiveText('oops')
  expect(states.at(-1)).toBe('waiting')
})

test('a bye is obeyed within its bounds', () => {
  const { last, clock, sockets } = aLiveConnection({ random: () => 0.5 })
  last().receive({ type: 'bye', reason: 'restart', reconnectInMs: [2000, 4000] })
  expect(last().isClosed()).toBe(true)
  clock.pass(2999)
  expect(sockets).toHaveLength(1)
  clock.pass(1)
  expect(sockets).toHaveLength(2)
})

test('a sign-in that ended is renewed before the next attempt', async () => {
  const { last, clock, sockets } = aLiveConnection({ renew: async () => true })
  last().drop(4401)
  clock.pass(500)
  await new Promise(setImmediate)
  expect(sockets).toHaveLength(2)
})

test('without a sign-in it stays away until it is started again', async () => {
  const { last, clock, sockets, states, connection } = aLiveConnection({ renew: async () => false })
  last().drop(4401)
  clock.pass(500)
  await new Promise(setImmediate)
  expect(states.at(-1)).toBe('signed_out')
  clock.pass(60_000)
  expect(sockets).toHaveLength(1)
  connection.start()
  expect(sockets).toHaveLength(2)
})

test('a forbidden door is not tried again', () => {
  const { last, clock, sockets, states } = aLiveConnection()
  last().drop(4403)
  clock.pass(60_000)
  expect(states.at(-1)).toBe('refused')
  expect(sockets).toHaveLength(1)
})

test('waking up ends the wait', () => {
  const { connection, last, sockets } = aLiveConnection()
  last().drop()
  connection.wake()
  expect(sockets).toHaveLength(2)
})

test('stopping leaves no timer and hears nothing more', () => {
  const { connection, last, clock, offsets, states } = aLiveConnection()
  connection.stop()
  last().receive(anEvent(6))
  expect(offsets()).toEqual([])
  expect(clock.pending()).toBe(0)
  expect(states.at(-1)).toBe('idle')
})
