import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { silentLogger } from '@order-flow/service-kit'
import { afterEach, expect, test, vi } from 'vitest'
import { anInstance, aRegistry } from '../registry/testing.ts'
import { createPeer, type Peer, type PeerOptions } from './peer.ts'

const open: { stop(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop()
})

interface Item {
  action: string
  id: string
  status?: string
  overriddenStatus?: string
  lastDirtyTimestamp?: number
  instanceInfo?: { instanceId: string }
}

type Answer = { statusCode: number; responseEntity?: unknown }

test('changes that come together go together, in order, each with what a Java peer reads', async () => {
  const { peer, registry, batches } = await aPeer()
  registry.register(anInstance('a', { lastDirtyTimestamp: 7 }), 0)
  registry.overrideStatus('ORDERS', 'a', 'OUT_OF_SERVICE', 1)
  peer.tell({ action: 'Register', app: 'ORDERS', instanceId: 'a' })
  peer.tell({ action: 'StatusUpdate', app: 'ORDERS', instanceId: 'a', status: 'OUT_OF_SERVICE' })
  peer.tell({ action: 'Heartbeat', app: 'ORDERS', instanceId: 'a' })
  peer.tell({ action: 'Cancel', app: 'ORDERS', instanceId: 'b' })
  await vi.waitFor(() => expect(batches).toHaveLength(1))
  expect(batches[0]).toMatchObject([
    { action: 'Register', id: 'a', lastDirtyTimestamp: 7, status: 'OUT_OF_SERVICE', instanceInfo: { instanceId: 'a' } },
    { action: 'StatusUpdate', id: 'a', lastDirtyTimestamp: 7, status: 'OUT_OF_SERVICE' },
    { action: 'Heartbeat', id: 'a', lastDirtyTimestamp: 7, overriddenStatus: 'OUT_OF_SERVICE' },
    { action: 'Cancel', id: 'b' },
  ])
  expect(Object.keys(batches[0]?.[1] ?? {})).not.toContain('instanceInfo')
})

test('of several heartbeats that wait only the last is sent, and none of an instance that has left', async () => {
  const { peer, registry, batches } = await aPeer()
  registry.register(anInstance('a'), 0)
  for (let beat = 0; beat < 5; beat++) peer.tell({ action: 'Heartbeat', app: 'ORDERS', instanceId: 'a' })
  peer.tell({ action: 'Heartbeat', app: 'ORDERS', instanceId: 'gone' })
  await vi.waitFor(() => expect(batches).toHaveLength(1))
  expect(batches[0]?.map(({ id }) => id)).toEqual(['a'])
})

test('a peer that does not know an instance gets its registration', async () => {
  const { peer, registry, batches } = await aPeer((items) =>
    items.map(({ action }) => ({ statusCode: action === 'Heartbeat' ? 404 : 200 })),
  )
  registry.register(anInstance('a'), 0)
  peer.tell({ action: 'Heartbeat', app: 'ORDERS', instanceId: 'a' })
  await vi.waitFor(() => expect(batches).toHaveLength(2))
  expect(batches[1]).toMatchObject([{ action: 'Register', id: 'a', instanceInfo: { instanceId: 'a' } }])
})

test('a peer with newer data has it taken over here', async () => {
  const newer = {
    instanceId: 'a',
    hostName: 'web1',
    app: 'ORDERS',
    ipAddr: '10.0.0.1',
    overriddenStatus: 'OUT_OF_SERVICE',
    dataCenterInfo: { name: 'MyOwn' },
    lastDirtyTimestamp: '9',
  }
  const { peer, registry } = await aPeer((items) => items.map(() => ({ statusCode: 409, responseEntity: newer })))
  registry.register(anInstance('a', { lastDirtyTimestamp: 5 }), 0)
  peer.tell({ action: 'Heartbeat', app: 'ORDERS', instanceId: 'a' })
  await vi.waitFor(() =>
    expect(registry.lease('ORDERS', 'a')).toMatchObject({ instance: { lastDirtyTimestamp: 9 }, status: 'OUT_OF_SERVICE' }),
  )
})

test('more than 250 changes go in several batches, one after the other', async () => {
  const { peer, registry, batches } = await aPeer()
  for (let index = 0; index < 600; index++) {
    registry.register(anInstance(`a${index}`), 0)
    peer.tell({ action: 'Register', app: 'ORDERS', instanceId: `a${index}` })
  }
  await vi.waitFor(() => expect(batches.map(({ length }) => length)).toEqual([250, 250, 100]))
})

test('while a peer is busy or away changes wait, and nothing is lost', async () => {
  let isAway = true
  const { peer, registry, batches } = await aPeer((items) => (isAway ? 503 : items.map(() => ({ statusCode: 200 }))))
  registry.register(anInstance('a'), 0)
  peer.tell({ action: 'StatusUpdate', app: 'ORDERS', instanceId: 'a', status: 'DOWN' })
  await vi.waitFor(() => expect(peer.state()).toMatchObject({ isReachable: false, lastProblem: 'answered 503', queued: 1 }))
  isAway = false
  peer.tell({ action: 'Heartbeat', app: 'ORDERS', instanceId: 'a' })
  await vi.waitFor(() => expect(peer.state()).toMatchObject({ isReachable: true, queued: 0 }), { timeout: 5000 })
  expect(batches.at(-1)?.map(({ action }) => action)).toEqual(['StatusUpdate', 'Heartbeat'])
})

test('what waited too long is dropped, except overrides: heartbeats make good what is lost', async () => {
  const clock = { nowMs: 0 }
  let isAway = true
  const { peer, registry, batches } = await aPeer(
    (items) => (isAway ? 503 : items.map(() => ({ statusCode: 200 }))),
    {},
    () => clock.nowMs,
  )
  registry.register(anInstance('a'), 0)
  peer.tell({ action: 'Cancel', app: 'ORDERS', instanceId: 'b' })
  peer.tell({ action: 'StatusUpdate', app: 'ORDERS', instanceId: 'a', status: 'DOWN' })
  await vi.waitFor(() => expect(peer.state()).toMatchObject({ isReachable: false, queued: 2 }))
  clock.nowMs = 30_001
  isAway = false
  await vi.waitFor(() => expect(peer.state().queued).toBe(0), { timeout: 5000 })
  expect(batches.at(-1)?.map(({ action }) => action)).toEqual(['StatusUpdate'])
})

test('what was asked for again while the peer was away is as new as that', async () => {
  const clock = { nowMs: 0 }
  let isAway = true
  const { peer, registry, batches } = await aPeer(
    (items) => (isAway ? 503 : items.map(() => ({ statusCode: 200 }))),
    {},
    () => clock.nowMs,
  )
  registry.register(anInstance('a'), 0)
  peer.tell({ action: 'Heartbeat', app: 'ORDERS', instanceId: 'a' })
  await vi.waitFor(() => expect(peer.state()).toMatchObject({ isReachable: false, queued: 1 }))
  clock.nowMs = 30_001
  peer.tell({ action: 'Heartbeat', app: 'ORDERS', instanceId: 'a' })
  expect(peer.state().lagMs).toBe(30_001)
  isAway = false
  await vi.waitFor(() => expect(peer.state()).toMatchObject({ isReachable: true, queued: 0 }), { timeout: 5000 })
  expect(batches.at(-1)?.map(({ action }) => action)).toEqual(['Heartbeat'])
})

test('the queue has a bound; the oldest goes first', async () => {
  const { peer, registry, batches } = await aPeer(() => 503, { maxQueued: 2 })
  for (const id of ['a', 'b', 'c']) {
    registry.register(anInstance(id), 0)
    peer.tell({ action: 'Register', app: 'ORDERS', instanceId: id })
  }
  await vi.waitFor(() => expect(batches[0]?.map(({ id }) => id)).toEqual(['b', 'c']))
})

test.each([
  ['fewer results than changes', () => [] as Answer[]],
  ['no results at all', () => 'nonsense'],
  ['a refusal', () => 400],
])('%s: the batch is given up, and the next is tried', async (_what, answer) => {
  const { peer, registry, batches } = await aPeer(answer)
  registry.register(anInstance('a'), 0)
  peer.tell({ action: 'Register', app: 'ORDERS', instanceId: 'a' })
  await vi.waitFor(() => expect(peer.state()).toMatchObject({ isReachable: false, queued: 0 }))
  peer.tell({ action: 'Heartbeat', app: 'ORDERS', instanceId: 'a' })
  await vi.waitFor(() => expect(batches).toHaveLength(2))
})

test('stopping sends what waits, and does not wait for a peer that is away', async () => {
  const { peer, registry, batches } = await aPeer()
  registry.register(anInstance('a'), 0)
  peer.tell({ action: 'Cancel', app: 'ORDERS', instanceId: 'a' })
  await peer.stop(1000)
  expect(batches).toHaveLength(1)
  peer.tell({ action: 'Cancel', app: 'ORDERS', instanceId: 'b' })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(batches).toHaveLength(1)
})

test('stopping does not wait for an answer that does not come', async () => {
  const { peer, registry, batches } = await aPeer(() => undefined, { timeoutMs: 60_000 })
  registry.register(anInstance('a'), 0)
  peer.tell({ action: 'Register', app: 'ORDERS', instanceId: 'a' })
  await vi.waitFor(() => expect(batches).toHaveLength(1))
  const startedAt = performance.now()
  await peer.stop(50)
  expect(performance.now() - startedAt).toBeLessThan(5000)
})

/** A peer on a server that answers as told: results, a status, any text, or not at all. */
async function aPeer(
  answer: (items: Item[]) => Answer[] | number | string | undefined = (items) => items.map(() => ({ statusCode: 200 })),
  options: Partial<PeerOptions> = {},
  now: () => number = Date.now,
) {
  const batches: Item[][] = []
  const server = createServer((request, response) => void receive(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const { replicationList } = JSON.parse(text) as { replicationList: Item[] }
    batches.push(replicationList)
    const result = answer(replicationList)
    if (result === undefined) return
    if (typeof result === 'number') response.writeHead(result).end()
    else response.end(typeof result === 'string' ? result : JSON.stringify({ responseList: result }))
  }

  const registry = aRegistry()
  const { port } = server.address() as AddressInfo // it listens on a port
  const peer: Peer = createPeer({
    address: { url: `http://127.0.0.1:${port}/eureka/`, headers: {} },
    registry,
    options: { timeoutMs: 1000, maxQueued: 1000, maxAgeMs: 30_000, ...options },
    logger: silentLogger,
    now,
  })
  open.push({ stop: () => server.close().closeAllConnections() }, { stop: () => peer.stop(0) })
  return { peer, registry, batches }
}
