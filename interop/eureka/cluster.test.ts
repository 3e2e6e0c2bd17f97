import { setTimeout as sleep } from 'node:timers/promises'
import { createFaultProxy, type FaultProxy } from '@order-flow/e2e/fault-proxy'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { freePort, noPrograms } from './programs.ts'
import { javaServer, ourServer, type Registry, type RegistryKind } from './registries.ts'
import { type Rest, restOf } from './rest.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 240_000 })

const KINDS = [javaServer, ourServer, ourServer]
const MANY = 10_000
/** Requests on their way at the same time. */
const LANES = 48
const SOON = { timeout: 60_000, interval: 250 }
const LEASE = { leaseInfo: { renewalIntervalInSecs: 1, durationInSecs: 8 } }

interface Node {
  port: number
  registry: Registry
  rest: Rest
}

describe.skipIf(noPrograms)("two of our servers and one of Java's as peers", () => {
  const nodes: Node[] = []
  /** lines[from][to]: the network between two of them. */
  const lines: FaultProxy[][] = []
  const renewing = new Map<string, { node: number; app: string; id: string }>()
  let timer: NodeJS.Timeout

  beforeAll(async () => {
    const ports = await Promise.all(KINDS.map(() => freePort()))
    for (const _from of KINDS) lines.push(await Promise.all(ports.map((port) => createFaultProxy({ host: '127.0.0.1', port }))))
    nodes.push(...(await Promise.all(KINDS.map((kind, index) => startNode(kind, index, ports[index] ?? 0)))))
    timer = setInterval(() => void renewAll(), 1000)
  })
  afterAll(async () => {
    clearInterval(timer)
    await Promise.all(nodes.map(({ registry }) => registry.stop()))
    await Promise.all(lines.flat().map((line) => line.close()))
  })

  test('a partition with changes on both sides', async () => {
    await live(0, 'PART', 'java-stays')
    await live(1, 'PART', 'ours-stays')
    await live(1, 'PART', 'ours-leaves')
    await live(2, 'PART', 'ours-changes')
    await allList('PART', ['java-stays UP', 'ours-changes UP', 'ours-leaves UP', 'ours-stays UP'])

    const around = [lineOf(0, 1), lineOf(0, 2), lineOf(1, 0), lineOf(2, 0)]
    for (const line of around) line.blackHole()
    await live(0, 'PART', 'java-new')
    await live(2, 'PART', 'ours-new')
    await leave(1, 'PART', 'ours-leaves')
    await nodeAt(0).rest.overrideStatus('PART', 'java-stays', 'OUT_OF_SERVICE')
    await live(2, 'PART', 'ours-changes', { status: 'DOWN' })
    await sleep(4000)
    expect(await listed(0, 'PART')).not.toContain('ours-new UP')
    expect(await listed(1, 'PART')).not.toContain('java-new UP')
    for (const line of around) line.mend()

    await allList('PART', ['java-new UP', 'java-stays OUT_OF_SERVICE', 'ours-changes DOWN', 'ours-new UP', 'ours-stays UP'])
  })

  test.each([
    ["Java's", 0],
    ['one of ours', 1],
  ])('%s is stopped, misses changes, and returns', async (_which, index) => {
    const app = `RETURN-${index}`
    const other = 2
    await live(other, app, `before-${index}`)
    await allList(app, [`before-${index} UP`])
    const { port, registry } = nodeAt(index)
    await registry.stop()
    await live(other, app, 'meanwhile')
    await nodeAt(other).rest.overrideStatus(app, `before-${index}`, 'OUT_OF_SERVICE')
    nodes[index] = await startNode(KINDS[index] ?? ourServer, index, port)
    await allList(app, [`before-${index} OUT_OF_SERVICE`, 'meanwhile UP'])
  })

  test(`${MANY} instances register again at once, a third at each`, async () => {
    const startedAt = performance.now()
    for (const round of [1, 2]) {
      await inLanes(MANY, (index) =>
        nodeAt(index % 3).rest.register('MANY', `many-${index}`, { lastDirtyTimestamp: String(round), metadata: { round: String(round) } }),
      )
    }
    const registeredAt = performance.now()
    await vi.waitFor(async () => {
      for (const index of KINDS.keys()) {
        const instances = (await nodeAt(index).rest.instances()).filter(({ app }) => app === 'MANY')
        expect(instances).toHaveLength(MANY)
        expect(instances.every(({ metadata }) => metadata.round === '2')).toBe(true)
      }
    }, SOON)
    const seconds = (ms: number) => (ms / 1000).toFixed(1)
    console.log(`Registered twice in ${seconds(registeredAt - startedAt)} s, agreed ${seconds(performance.now() - registeredAt)} s later.`)
  })

  /** An instance whose client renews it at one of the registries. */
  async function live(node: number, app: string, id: string, changes: Record<string, unknown> = {}): Promise<void> {
    await nodeAt(node).rest.register(app, id, { ...LEASE, ...changes })
    renewing.set(`${app}/${id}`, { node, app, id })
  }

  async function leave(node: number, app: string, id: string): Promise<void> {
    renewing.delete(`${app}/${id}`)
    await nodeAt(node).rest.cancel(app, id)
  }

  async function renewAll(): Promise<void> {
    // One that is stopped just now does not answer.
    await Promise.allSettled([...renewing.values()].map(({ node, app, id }) => nodeAt(node).rest.heartbeat(app, id)))
  }

  async function listed(node: number, app: string): Promise<string[]> {
    const instances = await nodeAt(node).rest.instances()
    return instances
      .filter((instance) => instance.app === app)
      .map(({ instanceId, status }) => `${instanceId} ${status}`)
      .sort()
  }

  async function allList(app: string, expected: string[]): Promise<void> {
    for (const index of KINDS.keys())
      await vi.waitFor(async () => expect(await listed(index, app), `node ${index}`).toEqual(expected), SOON)
  }

  function nodeAt(index: number): Node {
    const node = nodes[index]
    if (!node) throw new Error('The node does not run.')
    return node
  }

  function lineOf(from: number, to: number): FaultProxy {
    const line = lines[from]?.[to]
    if (!line) throw new Error('There is no such line.')
    return line
  }

  async function startNode(kind: RegistryKind, index: number, port: number): Promise<Node> {
    const others = [...KINDS.keys()].filter((other) => other !== index)
    const registry = await kind.start(
      {
        'eureka.instance.instance-id': `node-${index}`,
        // Java's server takes peers on its own host for itself; it is called otherwise than they are asked.
        ...(kind.isJava ? { 'eureka.instance.hostname': 'localhost' } : {}),
        'eureka.client.register-with-eureka': true,
        'eureka.client.fetch-registry': true,
        'eureka.client.registry-fetch-interval-seconds': 1,
        'eureka.client.serviceUrl.defaultZone': others.map((other) => `http://127.0.0.1:${lineOf(index, other).port}/eureka/`).join(','),
        'eureka.server.my-url': `http://127.0.0.1:${port}/eureka/`,
        // A list that Java's server wrote while an instance came is without it for as long as this.
        'eureka.server.response-cache-auto-expiration-in-seconds': 1,
        'eureka.server.registry-sync-retries': 3,
        'eureka.server.registry-sync-retry-wait-ms': 1000,
        'eureka.server.peer-node-connect-timeout-ms': 2000,
        'eureka.server.peer-node-read-timeout-ms': 2000,
      },
      port,
    )
    return { port, registry, rest: restOf(registry.serviceUrl) }
  }
})

async function inLanes(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}
