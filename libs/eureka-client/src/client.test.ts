import { afterEach, expect, test, vi } from 'vitest'
import { createEurekaClient, type EurekaClient, type EurekaClientOptions } from './client.ts'
import type { ClientOptions } from './options/client-options.ts'
import { aWireInstance, startTestRegistry, type TestRegistry, type TestRegistryOptions } from './testing-registry.ts'

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop()
})

const instance = { appname: 'order-service', hostname: '127.0.0.1', nonSecurePort: 8081 }
const ID = '127.0.0.1:order-service:8081'

test('a client registers, finds others and deregisters when it stops', async () => {
  const registry = await aRegistry()
  registry.put(aWireInstance('a'))
  const client = aClient(registry)
  await client.start(instance)
  expect(client.pick('orders')?.url).toBe('http://127.0.0.1:8080')
  expect(client.instancesByVip('ORDERS')).toHaveLength(1)
  expect(registry.has('ORDER-SERVICE', ID)).toBe(true)
  await client.stop()
  expect(registry.has('ORDER-SERVICE', ID)).toBe(false)
})

test('after the first fetch only changes are asked for', async () => {
  const registry = await aRegistry()
  registry.put(aWireInstance('a'))
  const client = anOnlooker(registry)
  await client.start()
  registry.put(aWireInstance('b'))
  registry.remove('ORDERS', 'a')
  await client.refresh()
  expect(idsOf(client)).toEqual(['b'])
  expect(pathsOf(registry)).toEqual(['/eureka/apps/', '/eureka/apps/delta'])
})

test('changes that do not add up have everything fetched in the same turn', async () => {
  const registry = await aRegistry()
  const client = anOnlooker(registry)
  await client.start()
  registry.put(aWireInstance('a'))
  registry.forgetChanges()
  await client.refresh()
  expect(idsOf(client)).toEqual(['a'])
  expect(pathsOf(registry)).toEqual(['/eureka/apps/', '/eureka/apps/delta', '/eureka/apps/'])
})

test('after a silence longer than registries keep changes everything is fetched', async () => {
  const registry = await aRegistry()
  const client = anOnlooker(registry, { registryFetchIntervalSeconds: 1000 })
  await client.start()
  const start = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => start + 151_000)
  await client.refresh()
  expect(pathsOf(registry)).toEqual(['/eureka/apps/', '/eureka/apps/'])
  vi.restoreAllMocks()
})

test('a registry without changes is fetched whole each time', async () => {
  const registry = await aRegistry({ hasDelta: false })
  const client = anOnlooker(registry)
  await client.start()
  registry.put(aWireInstance('a'))
  await client.refresh()
  expect(idsOf(client)).toEqual(['a'])
})

test.each([
  { option: { disableDelta: true }, path: '/eureka/apps/' },
  { option: { registryRefreshSingleVipAddress: 'orders' }, path: '/eureka/vips/orders' },
])('with $option only $path is asked for', async ({ option, path }) => {
  const registry = await aRegistry({ hasPush: true })
  const client = anOnlooker(registry, { push: false, ...option })
  await client.start()
  await client.refresh()
  expect(pathsOf(registry)).toEqual([path, path])
})

test('the last known instances serve while no server answers, and the problem is told once', async () => {
  const registry = await aRegistry()
  registry.put(aWireInstance('a'))
  const onProblem = vi.fn()
  const client = anOnlooker(registry, {}, { onProblem })
  await client.start()
  registry.failWith = 500
  await client.refresh()
  await client.refresh()
  expect(idsOf(client)).toEqual(['a'])
  expect(onProblem).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^The registry cannot be read; .* answered 500\.$/))
})

test('an instance missing from a fresh view renews at once', async () => {
  const registry = await aRegistry()
  const client = aClient(registry)
  await client.start(instance)
  await client.refresh()
  registry.remove('ORDER-SERVICE', ID)
  await client.refresh()
  await vi.waitFor(() => expect(registry.has('ORDER-SERVICE', ID)).toBe(true))
})

test('a status is told soon, an override is set and removed at the registry', async () => {
  const registry = await aRegistry()
  const client = aClient(registry)
  expect(() => client.setStatus('DOWN')).toThrow('registers no instance')
  await client.start(instance)
  client.setStatus('DOWN')
  await vi.waitFor(() => expect(registry.requests.at(-1)?.body).toContain('"status":"DOWN"'))
  expect(await client.overrideStatus('OUT_OF_SERVICE')).toBe(true)
  expect(await client.removeOverride()).toBe(true)
})

test('a registration that must succeed at the start and does not is an error', async () => {
  const registry = await aRegistry()
  registry.failWith = 500
  const client = aClient(registry, { shouldEnforceRegistrationAtInit: true })
  await expect(client.start(instance)).rejects.toThrow('order-service could not be registered at the start')
})

test('a client that is not enabled asks nothing', async () => {
  const registry = await aRegistry()
  const client = aClient(registry, { enabled: false })
  await client.start(instance)
  await client.refresh()
  await client.stop()
  expect(registry.requests).toEqual([])
})

test('it stays registered when it stops, when that is wanted', async () => {
  const registry = await aRegistry()
  const client = aClient(registry, { shouldUnregisterOnShutdown: false })
  await client.start(instance)
  await client.stop()
  expect(registry.has('ORDER-SERVICE', ID)).toBe(true)
})

async function aRegistry(options?: TestRegistryOptions): Promise<TestRegistry> {
  const registry = await startTestRegistry(options)
  open.push(registry)
  return registry
}

function aClient(registry: TestRegistry, client: ClientOptions = {}, options: EurekaClientOptions = {}): EurekaClient {
  const made = createEurekaClient({ ...options, client: { push: false, serviceUrl: { defaultZone: registry.url }, ...client } })
  open.push(made)
  return made
}

function anOnlooker(registry: TestRegistry, client: ClientOptions = {}, options: EurekaClientOptions = {}): EurekaClient {
  return aClient(registry, { registerWithEureka: false, ...client }, options)
}

function idsOf(client: EurekaClient): string[] {
  return client.instances('orders').map(({ instanceId }) => instanceId)
}

function pathsOf(registry: TestRegistry): string[] {
  return registry.requests.map(({ path }) => path)
}
