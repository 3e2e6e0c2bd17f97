import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { freePort, noPrograms } from './programs.ts'
import { javaServer, ourServer, type Registry, type RegistryKind } from './registries.ts'
import { type Rest, restOf } from './rest.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 })

// A peer hears of a change within a second; more when the machine is busy.
const SOON = { timeout: 10_000, interval: 100 }
const PAIRS = [
  { name: "Java's server and Java's", kinds: [javaServer, javaServer] },
  { name: "Java's server and ours", kinds: [javaServer, ourServer] },
].filter(({ kinds }) => process.env.ORDER_FLOW_TEST_EUREKA !== 'java' || kinds.every(({ isJava }) => isJava))

interface Node {
  kind: RegistryKind
  port: number
  peerPort: number
  registry: Registry
  rest: Rest
}

describe.skipIf(noPrograms).each(PAIRS)('$name as peers', ({ kinds }) => {
  const nodes: Node[] = []
  // Two of a kind need one direction only.
  const directions = [...new Set(kinds)].map(({ isJava }, index) => ({
    direction: `from ${isJava ? "Java's" : 'ours'} to the other`,
    index,
  }))

  beforeAll(async () => {
    const ports = [await freePort(), await freePort()]
    const starting = kinds.map((kind, index) => startNode(kind, ports[index] ?? 0, ports[1 - index] ?? 0))
    nodes.push(...(await Promise.all(starting)))
  })
  afterAll(() => Promise.all(nodes.map(({ registry }) => registry.stop())))

  describe.each(directions)('$direction', ({ index }) => {
    const app = `PEER-${index}`
    const from = () => nodeAt(index).rest
    const to = () => nodeAt(1 - index).rest

    test('an instance that registers here is there', async () => {
      await from().register(app, 'new', { metadata: { colour: 'blue' } })
      await vi.waitFor(async () => {
        expect(await to().instance(app, 'new')).toMatchObject({ status: 'UP', port: { $: 8080 }, metadata: { colour: 'blue' } })
      }, SOON)
    })

    test('its heartbeats here keep it there; when they end, it is gone on both', async () => {
      await from().register(app, 'beating', { leaseInfo: { renewalIntervalInSecs: 1, durationInSecs: 3 } })
      await vi.waitFor(async () => expect(await to().instance(app, 'beating')).toBeDefined(), SOON)
      for (let beat = 0; beat < 12; beat++) {
        expect(await from().heartbeat(app, 'beating')).toBe(200)
        await sleep(500)
        expect(await to().instance(app, 'beating')).toBeDefined()
      }
      for (const rest of [from(), to()]) await vi.waitFor(async () => expect(await rest.instance(app, 'beating')).toBeUndefined(), SOON)
    })

    test('an override and its end travel', async () => {
      await from().register(app, 'overridden')
      await vi.waitFor(async () => expect(await to().instance(app, 'overridden')).toBeDefined(), SOON)
      await from().overrideStatus(app, 'overridden', 'OUT_OF_SERVICE')
      await expectThere('overridden', { status: 'OUT_OF_SERVICE', overriddenStatus: 'OUT_OF_SERVICE' })
      await from().removeOverride(app, 'overridden')
      await expectThere('overridden', { status: 'UP', overriddenStatus: 'UNKNOWN' })
    })

    test('metadata travels', async () => {
      await from().register(app, 'described')
      await vi.waitFor(async () => expect(await to().instance(app, 'described')).toBeDefined(), SOON)
      await from().putMetadata(app, 'described', { version: '2' })
      await expectThere('described', { metadata: { version: '2' } })
    })

    test('deregistering travels', async () => {
      await from().register(app, 'leaving')
      await vi.waitFor(async () => expect(await to().instance(app, 'leaving')).toBeDefined(), SOON)
      await from().cancel(app, 'leaving')
      await vi.waitFor(async () => expect(await to().instance(app, 'leaving')).toBeUndefined(), SOON)
    })

    test('an instance that the other has lost comes back with its next heartbeat', async () => {
      await from().register(app, 'lost')
      await vi.waitFor(async () => expect(await to().instance(app, 'lost')).toBeDefined(), SOON)
      await asPeer(1 - index).cancel(app, 'lost')
      expect(await to().instance(app, 'lost')).toBeUndefined()
      await from().heartbeat(app, 'lost')
      await vi.waitFor(async () => expect(await to().instance(app, 'lost')).toBeDefined(), SOON)
    })

    test('of two versions the newer wins, also when the one that has it is asked by the one that has not', async () => {
      await from().register(app, 'older', { lastDirtyTimestamp: '1000', metadata: { age: 'older' } })
      await vi.waitFor(async () => expect(await to().instance(app, 'older')).toBeDefined(), SOON)
      await asPeer(1 - index).register(app, 'older', { lastDirtyTimestamp: '2000', metadata: { age: 'newer' } })
      expect((await from().instance(app, 'older'))?.metadata).toEqual({ age: 'older' })
      await from().heartbeat(app, 'older', 1000)
      await vi.waitFor(async () => expect((await from().instance(app, 'older'))?.metadata).toEqual({ age: 'newer' }), SOON)
    })

    test('what a peer says is not sent back or on', async () => {
      await asPeer(index).register(app, 'from-a-peer')
      await from().register(app, 'after-it')
      await vi.waitFor(async () => expect(await to().instance(app, 'after-it')).toBeDefined(), SOON)
      expect(await to().instance(app, 'from-a-peer')).toBeUndefined()
    })

    async function expectThere(id: string, expected: object) {
      await vi.waitFor(async () => expect(await to().instance(app, id)).toMatchObject(expected), SOON)
    }
  })

  describe.each(directions)('a fresh node, $direction', ({ index }) => {
    test('it has what the other knows before anything new happens', async () => {
      const app = `SYNC-${index}`
      const old = nodeAt(1 - index)
      await old.registry.stop()
      const { rest } = nodeAt(index)
      for (let count = 0; count < 20; count++) await rest.register(app, `sync-${count}`, { metadata: { count: String(count) } })
      await rest.overrideStatus(app, 'sync-7', 'OUT_OF_SERVICE')
      nodes[1 - index] = await startNode(old.kind, old.port, old.peerPort)
      await vi.waitFor(async () => {
        const known = (await nodeAt(1 - index).rest.instances()).filter((instance) => instance.app === app)
        expect(known).toHaveLength(20)
        expect(known.find(({ instanceId }) => instanceId === 'sync-7')).toMatchObject({
          status: 'OUT_OF_SERVICE',
          metadata: { count: '7' },
        })
      }, SOON)
    })
  })

  function nodeAt(index: number): Node {
    const node = nodes[index]
    if (!node) throw new Error('The node does not run.')
    return node
  }

  function asPeer(index: number): Rest {
    return restOf(nodeAt(index).registry.serviceUrl, { asPeer: true })
  }
})

async function startNode(kind: RegistryKind, port: number, peerPort: number): Promise<Node> {
  const urlOf = (ofPort: number) => `http://127.0.0.1:${ofPort}/eureka/`
  const registry = await kind.start(
    {
      'eureka.instance.instance-id': `peer-${port}`,
      'eureka.client.register-with-eureka': true,
      'eureka.client.fetch-registry': true,
      'eureka.client.registry-fetch-interval-seconds': 1,
      'eureka.client.serviceUrl.defaultZone': urlOf(peerPort),
      // By default a node takes every address on its own host for itself.
      'eureka.server.my-url': urlOf(port),
      'eureka.server.registry-sync-retries': 3,
      'eureka.server.registry-sync-retry-wait-ms': 1000,
      'eureka.server.peer-node-connect-timeout-ms': 2000,
      'eureka.server.peer-node-read-timeout-ms': 2000,
    },
    port,
  )
  return { kind, port, peerPort, registry, rest: restOf(registry.serviceUrl) }
}
