import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { noPrograms, type Program, startProgram } from './programs.ts'
import { REGISTRIES, type Registry } from './registries.ts'
import { type Rest, restOf } from './rest.ts'
import { springProperties } from './stacks.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 })

const SOON = { timeout: 20_000, interval: 200 }
const APP = 'INTEROP-SHOP'

describe.skipIf(noPrograms).each(REGISTRIES)('Spring Cloud Gateway on $name', ({ start }) => {
  let registry: Registry
  let rest: Rest
  let gateway: Program
  const shops = new Map<string, Server>()

  beforeAll(async () => {
    registry = await start()
    rest = restOf(registry.serviceUrl)
    gateway = await startProgram('gateway', {
      ...springProperties('interop-gateway', 'gateway', registry.serviceUrl),
      'spring.cloud.gateway.server.webflux.discovery.locator.enabled': true,
      'spring.cloud.gateway.server.webflux.discovery.locator.lower-case-service-id': true,
      'spring.cloud.loadbalancer.cache.ttl': '1s',
    })
    for (const id of ['shop-1', 'shop-2']) shops.set(id, await aShop(id))
  })
  afterAll(async () => {
    for (const shop of shops.values()) shop.close()
    await gateway?.kill()
    await registry?.stop()
  })

  test('it routes to a service by its name as soon as it is registered', async () => {
    await enter('shop-1')
    await vi.waitFor(async () => expect(await visit('/hello?a=1')).toBe('shop-1 GET /hello?a=1'), SOON)
  })

  test('it shares requests among all instances', async () => {
    await enter('shop-2')
    await expectVisits(['shop-1', 'shop-2'])
  })

  test('it sends nothing to an instance that is out of service, and again when it is back', async () => {
    await rest.overrideStatus(APP, 'shop-1', 'OUT_OF_SERVICE')
    await expectVisits(['shop-2'])
    await rest.removeOverride(APP, 'shop-1')
    await expectVisits(['shop-1', 'shop-2'])
  })

  test('it knows no way to a service whose instances are all out of service', async () => {
    for (const id of shops.keys()) await rest.overrideStatus(APP, id, 'OUT_OF_SERVICE')
    await vi.waitFor(async () => expect(await visit('/hello')).toBe('404'), SOON)
    for (const id of shops.keys()) await rest.removeOverride(APP, id)
    await expectVisits(['shop-1', 'shop-2'])
  })

  test('it forgets an instance that deregisters', async () => {
    await rest.cancel(APP, 'shop-1')
    await expectVisits(['shop-2'])
  })

  test('it is registered itself', async () => {
    expect(await rest.instance('INTEROP-GATEWAY', 'gateway')).toMatchObject({ status: 'UP', port: { $: gateway.port } })
  })

  async function enter(id: string) {
    const address = shops.get(id)?.address()
    if (typeof address !== 'object' || address === null) throw new Error(`${id} does not listen.`)
    await rest.register(APP, id, { port: { $: address.port, '@enabled': 'true' } })
  }

  async function visit(path: string): Promise<string> {
    const response = await fetch(`${gateway.url}/interop-shop${path}`)
    return response.ok ? response.text() : String(response.status)
  }

  /** Waits until the next requests go to exactly these instances. */
  async function expectVisits(ids: string[]) {
    await vi.waitFor(async () => {
      const answers: string[] = []
      for (let turn = 0; turn < 6; turn++) answers.push(await visit('/hello'))
      expect(new Set(answers)).toEqual(new Set(ids.map((id) => `${id} GET /hello`)))
    }, SOON)
  }
})

async function aShop(id: string): Promise<Server> {
  const server = createServer((request, response) => response.end(`${id} ${request.method} ${request.url}`)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
