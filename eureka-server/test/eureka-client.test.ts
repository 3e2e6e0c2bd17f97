import {
  type ClientOptions,
  createEurekaClient,
  type EurekaClient,
  type EurekaClientOptions,
  type InstanceOptions,
} from '@order-flow/eureka-client'
import { afterEach, expect, test, vi } from 'vitest'
import { startRegistry } from './start-registry.ts'

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop()
})

const orders = { appname: 'order-service', hostname: '127.0.0.1', nonSecurePort: 8081, metadataMap: { version: '1' } }

test('a service that registers is found by others, and not any more after it stopped', async () => {
  const registry = await aRegistry()
  const service = aClient(registry.serviceUrl)
  const other = anOnlooker(registry.serviceUrl)
  await service.start(orders)
  await other.start()
  expect(other.instances('order-service')).toMatchObject([
    { instanceId: '127.0.0.1:order-service:8081', url: 'http://127.0.0.1:8081', status: 'UP', metadata: { version: '1' } },
  ])
  expect(other.pick('ORDER-SERVICE')?.port).toBe(8081)
  await service.stop()
  await other.refresh()
  expect(other.instances('order-service')).toEqual([])
})

test('listeners hear of a new instance', async () => {
  const registry = await aRegistry()
  const other = anOnlooker(registry.serviceUrl)
  await other.start()
  const listener = vi.fn()
  other.onChange(listener)
  await aClient(registry.serviceUrl).start(orders)
  await vi.waitFor(() => expect(listener).toHaveBeenCalled())
  expect(other.instances('order-service')).toHaveLength(1)
})

test('an instance that dies is evicted when its lease ends, one that renews stays', async () => {
  const registry = await aRegistry({ 'eureka.server.eviction-interval-timer-in-ms': 20 })
  const other = anOnlooker(registry.serviceUrl)
  const shortLease = { leaseExpirationDurationInSeconds: 1 }
  await aClient(registry.serviceUrl).start({ ...orders, ...shortLease, appname: 'alive' })
  // It does not look either: it would see that it is missing and register again.
  const silent = aClient(registry.serviceUrl, { client: { registryFetchIntervalSeconds: 60, push: false } })
  await silent.start({ ...orders, ...shortLease, leaseRenewalIntervalInSeconds: 60, appname: 'dead' })
  await other.start()
  expect(other.instances('dead')).toHaveLength(1)
  await vi.waitFor(() => expect(other.instances('dead')).toEqual([]), { timeout: 4000 })
  expect(other.instances('alive')).toHaveLength(1)
})

test('an instance registers again when the registry has lost it', async () => {
  const registry = await aRegistry()
  const service = aClient(registry.serviceUrl)
  await service.start({ ...orders, leaseRenewalIntervalInSeconds: 60 })
  await fetch(`${registry.serviceUrl}apps/ORDER-SERVICE/127.0.0.1:order-service:8081`, { method: 'DELETE' })
  await vi.waitFor(async () => expect((await fetch(`${registry.serviceUrl}apps/ORDER-SERVICE`)).status).toBe(200))
})

test('while the registry is down the last known instances serve; when it is back, everyone is there again', async () => {
  const first = await aRegistry()
  const problems: string[] = []
  const service = aClient(first.serviceUrl, { onProblem: (problem) => problems.push(problem) })
  const other = anOnlooker(first.serviceUrl)
  await service.start(orders)
  await other.start()
  await first.stop()
  await other.refresh()
  expect(other.instances('order-service')).toHaveLength(1)
  await vi.waitFor(() => expect(problems).toHaveLength(2))
  expect(problems.join('\n')).toMatch(/The registry cannot be read; the last known instances are used/)

  await aRegistry({ 'server.port': first.port })
  await vi.waitFor(
    async () => {
      await other.refresh()
      expect((await fetch(`${first.serviceUrl}apps/ORDER-SERVICE`)).status).toBe(200)
      expect(other.instances('order-service')).toHaveLength(1)
    },
    { timeout: 4000 },
  )
  expect(problems).toHaveLength(2)
})

test.each([true, 'long-poll'] as const)(
  'with push %s a change is heard without asking, and a registry that was away is heard again',
  async (push) => {
    const first = await aRegistry()
    const asked: string[] = []
    const other = aClient(first.serviceUrl, {
      client: { registerWithEureka: false, push },
      fetch: (input, init) => {
        asked.push(String(input))
        return fetch(input, init)
      },
    })
    await other.start()
    await aClient(first.serviceUrl).start(orders)
    await vi.waitFor(() => expect(other.instances('order-service')).toHaveLength(1))
    expect(asked.filter((url) => !url.includes('/apps/stream'))).toEqual([])

    await first.stop()
    const second = await aRegistry({ 'server.port': first.port })
    await aClient(second.serviceUrl).start({ ...orders, nonSecurePort: 8082 })
    await vi.waitFor(() => expect(other.instances('order-service').map(({ port }) => port)).toContain(8082), { timeout: 8000 })
  },
)

test('a service starts without the registry and registers as soon as there is one', async () => {
  const gone = await aRegistry()
  await gone.stop()
  const onProblem = vi.fn()
  const service = aClient(gone.serviceUrl, { onProblem })
  await service.start(orders)
  expect(service.instances('order-service')).toEqual([])
  expect(onProblem).toHaveBeenCalled()
  await aRegistry({ 'server.port': gone.port })
  await vi.waitFor(() => expect(service.instances('order-service')).toHaveLength(1), { timeout: 4000 })
})

test('the second address is used while the first does not answer', async () => {
  const registry = await aRegistry()
  const service = aClient(`http://127.0.0.1:1/eureka,${registry.serviceUrl}`)
  await service.start(orders)
  await service.refresh()
  expect(service.instances('order-service')).toHaveLength(1)
})

test('stopping is quick and quiet when the registry is gone, and nothing is asked afterwards', async () => {
  const registry = await aRegistry()
  const asked = vi.fn(fetch)
  const service = aClient(registry.serviceUrl, { fetch: asked })
  await service.start(orders)
  await registry.stop()
  await service.stop()
  const countAtStop = asked.mock.calls.length
  await service.refresh()
  await service.stop()
  expect(asked.mock.calls.length).toBe(countAtStop)
})

async function aRegistry(settings: Record<string, unknown> = {}) {
  const registry = await startRegistry(settings)
  open.push(registry)
  return registry
}

interface Changes extends Omit<EurekaClientOptions, 'client' | 'instance'> {
  client?: ClientOptions
  instance?: InstanceOptions
}

function aClient(serviceUrl: string, { client, instance, ...others }: Changes = {}): EurekaClient {
  const made = createEurekaClient({
    client: { serviceUrl: { defaultZone: serviceUrl }, registryFetchIntervalSeconds: 0.05, ...client },
    instance: { leaseRenewalIntervalInSeconds: 0.1, leaseExpirationDurationInSeconds: 15, ...instance },
    ...others,
  })
  open.push(made)
  return made
}

/** A client that finds others and is not found. */
function anOnlooker(serviceUrl: string): EurekaClient {
  return aClient(serviceUrl, { client: { registerWithEureka: false } })
}
