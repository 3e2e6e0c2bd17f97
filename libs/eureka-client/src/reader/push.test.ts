import { afterEach, expect, test, vi } from 'vitest'
import { createEurekaClient, type EurekaClient } from '../client.ts'
import type { ClientOptions } from '../options/client-options.ts'
import { aWireInstance, startTestRegistry, type TestRegistry, type TestRegistryOptions } from '../testing-registry.ts'
import { createPush } from './push.ts'
import { NoPushError, type PushConnection, UnfitStreamError } from './push-connection.ts'

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const each of open.splice(0).reverse()) await each.stop()
})

test.each([true, 'long-poll'] as const)(
  'with push %s a client begins with the snapshot, hears of changes and asks nothing else',
  async (push) => {
    const registry = await aRegistry()
    registry.put(aWireInstance('a'))
    const client = anOnlooker(registry.url, { push, registryFetchIntervalSeconds: 0.02 })
    await client.start()
    expect(idsOf(client)).toEqual(['a'])
    registry.put(aWireInstance('b'))
    registry.remove('ORDERS', 'a')
    await vi.waitFor(() => expect(idsOf(client)).toEqual(['b']))
    expect(registry.requests.every(({ path }) => path.startsWith('/eureka/apps/stream'))).toBe(true)
  },
)

test('a stream that breaks is resumed from its last event', async () => {
  const registry = await aRegistry()
  registry.put(aWireInstance('a'))
  const client = anOnlooker(registry.url)
  await client.start()
  registry.breakStreams()
  await vi.waitFor(() => expect(registry.streamCount()).toBe(0))
  registry.put(aWireInstance('b'))
  await vi.waitFor(() => expect(idsOf(client)).toEqual(['a', 'b']))
  await vi.waitFor(() => expect(registry.asked('GET', '/eureka/apps/stream')[1]?.headers['last-event-id']).toMatch(/:1$/))
})

test('a server that cannot go on from there begins with a snapshot', async () => {
  const registry = await aRegistry()
  registry.put(aWireInstance('a'))
  const client = anOnlooker(registry.url, { registryFetchIntervalSeconds: 60 })
  await client.start()
  registry.breakStreams()
  registry.remove('ORDERS', 'a')
  registry.put(aWireInstance('b'))
  registry.forgetChanges()
  await vi.waitFor(() => expect(idsOf(client)).toEqual(['b']))
})

test('the stream moves to the next server when its own is gone', async () => {
  const [one, other] = [await aRegistry(), await aRegistry()]
  one.put(aWireInstance('a'))
  other.put(aWireInstance('a'))
  const client = anOnlooker(`${one.url},${other.url}`)
  await client.start()
  await one.stop()
  open.splice(open.indexOf(one), 1)
  other.put(aWireInstance('b'))
  await vi.waitFor(() => expect(idsOf(client)).toEqual(['a', 'b']), { timeout: 3000 })
  await vi.waitFor(() => expect(other.streamCount()).toBe(1), { timeout: 3000 })
})

test('changes that do not add up end the stream, and the next begins with everything', async () => {
  const registry = await aRegistry()
  registry.put(aWireInstance('a'))
  const client = anOnlooker(registry.url, { registryFetchIntervalSeconds: 60 })
  await client.start()
  registry.hashSuffix = 'UNKNOWN_1_'
  registry.put(aWireInstance('b'))
  registry.hashSuffix = ''
  await vi.waitFor(() => expect(registry.asked('GET', '/eureka/apps/stream')).toHaveLength(2))
  expect(registry.asked('GET', '/eureka/apps/stream')[1]?.headers['last-event-id']).toBeUndefined()
  await vi.waitFor(() => expect(idsOf(client)).toEqual(['a', 'b']))
})

test('a server that counts otherwise than we do is believed all the same', async () => {
  const registry = await aRegistry()
  registry.hashSuffix = 'UNKNOWN_1_'
  const client = anOnlooker(registry.url)
  await client.start()
  registry.put(aWireInstance('a'))
  await vi.waitFor(() => expect(idsOf(client)).toEqual(['a']))
  expect(registry.asked('GET', '/eureka/apps/stream')).toHaveLength(1)
})

test.each([true, 'long-poll'] as const)('with push %s a server without it is polled', async (push) => {
  const registry = await aRegistry({ hasPush: false })
  const client = anOnlooker(registry.url, { push, registryFetchIntervalSeconds: 0.05 })
  await client.start()
  registry.put(aWireInstance('a'))
  await vi.waitFor(() => expect(idsOf(client)).toEqual(['a']))
  expect(registry.asked('GET', '/eureka/apps/stream')).toHaveLength(1)
})

test('a proxy that holds the stream back has the registry polled', async () => {
  const registry = await aRegistry()
  const url = `${registry.url}`
  const client = createEurekaClient({
    client: { serviceUrl: { defaultZone: url }, registerWithEureka: false, eurekaServerReadTimeoutSeconds: 0.1 },
    fetch: async (input, init) => {
      if (!String(input).endsWith('/stream')) return fetch(input, init)
      const body = new ReadableStream({
        start: (controller) => init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason)),
      })
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    },
  })
  open.push(client)
  registry.put(aWireInstance('a'))
  await client.start()
  expect(idsOf(client)).toEqual(['a'])
})

test('a refresh while the stream is open asks once and does not begin to poll', async () => {
  const registry = await aRegistry()
  const client = anOnlooker(registry.url, { registryFetchIntervalSeconds: 0.02 })
  await client.start()
  await client.refresh()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(registry.asked('GET', '/eureka/apps/delta')).toHaveLength(1)
})

test.each([401, 403, 404, 406, 503])('a stream that is answered %i has the registry polled', async (status) => {
  const registry = await aRegistry()
  registry.put(aWireInstance('a'))
  const client = createEurekaClient({
    client: { serviceUrl: { defaultZone: registry.url }, registerWithEureka: false },
    fetch: async (input, init) => (String(input).endsWith('/stream') ? new Response('no', { status }) : fetch(input, init)),
  })
  open.push(client)
  await client.start()
  expect(idsOf(client)).toEqual(['a'])
})

test('a long poll that is answered empty at once is asked again once a second', async () => {
  const registry = await aRegistry()
  registry.put(aWireInstance('a'))
  let asked = 0
  const client = createEurekaClient({
    client: { serviceUrl: { defaultZone: registry.url }, registerWithEureka: false, push: 'long-poll' },
    fetch: async (input, init) => {
      if (!String(input).includes('after=')) return fetch(input, init)
      asked++
      return new Response(null, { status: 204 })
    },
  })
  open.push(client)
  await client.start()
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(asked).toBe(1)
})

test('a client that is told that it is missing renews at once', async () => {
  const registry = await aRegistry()
  const client = createEurekaClient({
    client: { serviceUrl: { defaultZone: registry.url } },
    instance: { appname: 'order-service', hostname: '127.0.0.1', nonSecurePort: 8081 },
  })
  open.push(client)
  await client.start()
  await vi.waitFor(() => expect(client.instances('order-service')).toHaveLength(1))
  registry.remove('ORDER-SERVICE', '127.0.0.1:order-service:8081')
  await vi.waitFor(() => expect(registry.has('ORDER-SERVICE', '127.0.0.1:order-service:8081')).toBe(true))
})

test('servers without push are left in peace for minutes, broken ones are tried again after growing pauses', async () => {
  vi.useFakeTimers()
  const connect = vi.fn<PushConnection>().mockRejectedValue(new Error('ECONNRESET'))
  const { stop } = aPush(connect)
  await vi.advanceTimersByTimeAsync(2000 + 4000 + 8000)
  expect(connect).toHaveBeenCalledTimes(4)
  connect.mockReset().mockRejectedValue(new NoPushError('404'))
  await vi.advanceTimersByTimeAsync(16_000)
  expect(connect).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(299_000)
  expect(connect).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1000)
  expect(connect).toHaveBeenCalledTimes(2)
  await stop()
  expect(vi.getTimerCount()).toBe(0)
})

test('a server whose stream is refused or unfit is not taken for one that is down', async () => {
  vi.useFakeTimers()
  const connect = vi.fn<PushConnection>().mockRejectedValueOnce(new UnfitStreamError('503')).mockRejectedValueOnce(new NoPushError('404'))
  const failed = vi.fn()
  const { stop } = aPush(connect.mockRejectedValue(new Error('ECONNRESET')), true, failed)
  await vi.advanceTimersByTimeAsync(2000)
  expect(failed).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(300_000)
  expect(failed).toHaveBeenCalledWith({ base: 'http://one', headers: {} })
  await stop()
})

test('a start waits for the first event no longer than it is told', async () => {
  vi.useFakeTimers()
  const { push, stop } = aPush(() => new Promise(() => undefined), false)
  const started = push.start()
  await vi.advanceTimersByTimeAsync(1000)
  expect(await started).toBe(false)
  stop()
})

test('a stream without a sign of life for 45 s is given up', async () => {
  const registry = await aRegistry()
  const client = anOnlooker(registry.url)
  await client.start()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  // The watch that runs was made with real time; the next byte makes no new one, so the stream is opened anew under fake time.
  registry.breakStreams()
  await vi.waitFor(async () => {
    await vi.advanceTimersByTimeAsync(100)
    expect(registry.streamCount()).toBe(1)
  })
  const before = registry.asked('GET', '/eureka/apps/stream').length
  await vi.advanceTimersByTimeAsync(44_000)
  expect(registry.asked('GET', '/eureka/apps/stream')).toHaveLength(before)
  await vi.advanceTimersByTimeAsync(4000)
  vi.useRealTimers()
  await vi.waitFor(() => expect(registry.asked('GET', '/eureka/apps/stream')).toHaveLength(before + 1))
})

function aPush(connect: PushConnection, starts = true, failed = vi.fn()) {
  const stopping = new AbortController()
  const push = createPush({
    connect,
    servers: { candidates: async () => [{ base: 'http://one', headers: {} }], succeeded() {}, failed },
    signal: stopping.signal,
    firstEventMs: 1000,
    onWorking() {},
    onBroken() {},
    random: () => 1,
  })
  if (starts) void push.start()
  return {
    push,
    async stop() {
      stopping.abort()
      if (starts) await push.stop()
    },
  }
}

async function aRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startTestRegistry({ hasPush: true, ...options })
  open.push(registry)
  return registry
}

function anOnlooker(defaultZone: string, client: ClientOptions = {}): EurekaClient {
  const made = createEurekaClient({
    client: { serviceUrl: { defaultZone }, registerWithEureka: false, ...client },
    random: () => 0.999,
  })
  open.push(made)
  return made
}

function idsOf(client: EurekaClient): string[] {
  return client.instances('orders').map(({ instanceId }) => instanceId)
}
