import { createFaultProxy } from '@order-flow/e2e/fault-proxy'
import { afterEach, expect, test, vi } from 'vitest'
import { clientOf } from './client.ts'
import { freePort, startRegistry } from './start-registry.ts'

const open: { stop(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop()
})

/** Leases of 3 s, renewed as often as the test asks. */
const lease = { leaseInfo: { renewalIntervalInSecs: 1, durationInSecs: 3 } }

test('what a client tells one registry, the other knows', async () => {
  const [a, b] = await aPair()
  await a.client.register('x', { metadata: { v: '1' }, lastDirtyTimestamp: 5 })
  await b.client.register('y')
  await bothList(a, b, ['ORDERS/x UP', 'ORDERS/y UP'])
  await a.client.override('y', 'OUT_OF_SERVICE')
  await b.client.addMetadata('x', 'color=blue')
  await bothList(a, b, ['ORDERS/x UP', 'ORDERS/y OUT_OF_SERVICE'])
  await vi.waitFor(async () => expect((await a.client.instance('x')).metadata).toEqual({ v: '1', color: 'blue' }))
  await b.client.removeOverride('y')
  await a.client.cancel('x')
  await bothList(a, b, ['ORDERS/y UP'])
})

test('nothing is passed on twice', async () => {
  const [a, b] = await aPair()
  await vi.waitFor(async () => expect(await a.client.list()).toHaveLength(2))
  const before = await batchesAt(a)
  await a.client.register('x')
  await bothList(a, b, ['ORDERS/x UP'])
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(await batchesAt(a)).toBe(before)
})

test('heartbeats to one keep the instance at both', async () => {
  const [a, b] = await aPair()
  await a.client.register('x', lease)
  for (let second = 0; second < 5; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(await a.client.renew('x')).toBe(200)
  }
  await bothList(a, b, ['ORDERS/x UP'])
})

test('a registry that starts copies what its peer knows', async () => {
  const [portA, portB] = [await freePort(), await freePort()]
  const a = await startPeer(portA, [portB])
  await a.client.register('x', { metadata: { v: '1' } })
  await a.client.override('x', 'OUT_OF_SERVICE')
  const b = await startPeer(portB, [portA])
  expect((await b.client.list()).filter((line) => line.startsWith('ORDERS'))).toEqual(['ORDERS/x OUT_OF_SERVICE'])
  expect(await b.client.instance('x')).toMatchObject({ overriddenStatus: 'OUT_OF_SERVICE', metadata: { v: '1' } })
})

test('a peer that was away learns what it missed', async () => {
  const [portA, portB] = [await freePort(), await freePort()]
  const a = await startPeer(portA, [portB])
  const b = await startPeer(portB, [portA])
  await a.client.register('x')
  await bothList(a, b, ['ORDERS/x UP'])
  await b.stop()
  await a.client.override('x', 'OUT_OF_SERVICE')
  await a.client.register('y')
  await bothList(a, await startPeer(portB, [portA]), ['ORDERS/x OUT_OF_SERVICE', 'ORDERS/y UP'])
})

test('after a partition with changes on both sides they list the same', async () => {
  const [portA, portB] = [await freePort(), await freePort()]
  const toB = await createFaultProxy({ host: '127.0.0.1', port: portB })
  const toA = await createFaultProxy({ host: '127.0.0.1', port: portA })
  open.push({ stop: () => Promise.all([toA.close(), toB.close()]) })
  const a = await startPeer(portA, [toB.port])
  const b = await startPeer(portB, [toA.port])
  for (const id of ['stays', 'leaves', 'changes']) await a.client.register(id, { ...lease, lastDirtyTimestamp: 1 })
  await bothList(a, b, ['ORDERS/changes UP', 'ORDERS/leaves UP', 'ORDERS/stays UP'])

  toA.blackHole()
  toB.blackHole()
  await a.client.cancel('leaves')
  await a.client.override('stays', 'OUT_OF_SERVICE')
  await a.client.register('onlyA', lease)
  await b.client.register('onlyB', lease)
  await b.client.register('changes', { ...lease, status: 'DOWN', lastDirtyTimestamp: 2 })
  await new Promise((resolve) => setTimeout(resolve, 1500))
  toA.mend()
  toB.mend()

  const renewing = setInterval(() => {
    for (const id of ['stays', 'onlyA']) void a.client.renew(id)
    for (const id of ['changes', 'onlyB']) void b.client.renew(id)
  }, 500)
  open.push({ stop: () => clearInterval(renewing) })
  await bothList(a, b, ['ORDERS/changes DOWN', 'ORDERS/onlyA UP', 'ORDERS/onlyB UP', 'ORDERS/stays OUT_OF_SERVICE'], 15_000)
})

test('each lists itself, and knows which entry is its own', async () => {
  const [a, b] = await aPair()
  for (const [at, other] of [
    [a, b],
    [b, a],
  ] as const) {
    await vi.waitFor(async () => {
      const { application } = (await (await at.client.ask('GET', 'apps/EUREKA-SERVER')).json()) as Own
      const flags = Object.fromEntries(application.instance.map(({ port, ...entry }) => [port.$, entry.isCoordinatingDiscoveryServer]))
      expect(flags).toEqual({ [at.port]: 'true', [other.port]: 'false' })
    })
  }
  await b.stop()
  await vi.waitFor(async () => expect(await a.client.list()).toEqual([`EUREKA-SERVER/127.0.0.1:eureka-server:${a.port} UP`]))
})

interface Own {
  application: { instance: { port: { $: number }; isCoordinatingDiscoveryServer: string }[] }
}

test('three registries agree after 3,000 instances register at once', async () => {
  const ports = [await freePort(), await freePort(), await freePort()]
  const [a, b, c] = await Promise.all(ports.map((port) => startPeer(port, ports)))
  if (!a || !b || !c) throw new Error('There are three.')
  const ids = Array.from({ length: 3000 }, (_unused, index) => `i${index}`)
  for (let start = 0; start < ids.length; start += 100) {
    await Promise.all(ids.slice(start, start + 100).map((id, index) => [a, b, c][index % 3]?.client.register(id)))
  }
  const expected = ids.map((id) => `ORDERS/${id} UP`).sort()
  for (const each of [a, b, c]) await vi.waitFor(async () => expect(await orders(each)).toEqual(expected), { timeout: 10_000 })
})

type RunningPeer = Awaited<ReturnType<typeof startPeer>>

async function startPeer(port: number, peerPorts: readonly number[]) {
  const urls = peerPorts.map((peerPort) => `http://127.0.0.1:${peerPort}/eureka/`)
  const registry = await startRegistry({
    'server.port': port,
    'eureka.client.serviceUrl.defaultZone': urls.join(','),
    'eureka.server.peerNodeReadTimeoutMs': 500,
    'eureka.server.enableSelfPreservation': false,
  })
  let stopping: Promise<void> | undefined
  const stop = () => (stopping ??= registry.stop())
  open.push({ stop })
  return { ...registry, stop, client: clientOf(registry.serviceUrl) }
}

async function aPair(): Promise<[RunningPeer, RunningPeer]> {
  const ports = [await freePort(), await freePort()] as const
  return [await startPeer(ports[0], ports), await startPeer(ports[1], ports)]
}

async function orders({ client }: RunningPeer): Promise<string[]> {
  return (await client.list()).filter((line) => line.startsWith('ORDERS/'))
}

async function bothList(a: RunningPeer, b: RunningPeer, expected: string[], timeout = 5000): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(await orders(a)).toEqual(expected)
      expect(await orders(b)).toEqual(expected)
    },
    { timeout, interval: 50 },
  )
}

/** How many batches with a client's changes it has received; its peer's own heartbeats are 30 s apart. */
async function batchesAt({ url }: RunningPeer): Promise<number> {
  const text = await (await fetch(`${url}/actuator/prometheus`)).text()
  return Number(/eureka_server_requests_seconds_count\{[^}]*peerreplication[^}]*\} (\d+)/.exec(text)?.[1] ?? 0)
}
