import { expect, test, vi } from 'vitest'
import type { ClientOptions } from '../options/client-options.ts'
import { resolveClientOptions } from '../options/options.ts'
import { createServerList, type Server, type ServerListOptions } from './server-list.ts'

test("the own zone's servers come first, then those of the other zones in their order", async () => {
  const serviceUrl = { defaultZone: 'http://any/', b: ['http://b1/', 'http://b2/'], a: 'http://a1/' }
  const options = { serviceUrl, availabilityZones: { 'us-east-1': 'a,b' } }
  expect(await order(options, { zone: 'b' })).toEqual(['http://b1', 'http://b2', 'http://a1'])
  expect(await order(options, {})).toEqual(['http://a1', 'http://b1', 'http://b2'])
})

test('inside a zone the order is random, so that clients spread over the servers', async () => {
  const serviceUrl = { defaultZone: 'http://one/,http://two/,http://three/' }
  const firsts = await Promise.all(Array.from({ length: 100 }, () => order({ serviceUrl }, { random: Math.random })))
  expect(new Set(firsts.map(([first]) => first)).size).toBe(3)
})

test('a server that failed is passed over until two thirds did', async () => {
  const { list, servers } = await aList(['one', 'two', 'three', 'four'])
  list.failed(servers[0] as Server)
  expect(await bases(list)).toEqual(['http://two', 'http://three', 'http://four'])
  list.failed(servers[1] as Server)
  expect(await bases(list)).toEqual(['http://one', 'http://two', 'http://three'])
})

test('the last server that worked is asked first until its session ends', async () => {
  let nowMs = 0
  const { list, servers } = await aList(['one', 'two'], { now: () => nowMs })
  list.succeeded(servers[1] as Server)
  expect(await bases(list)).toEqual(['http://two', 'http://one'])
  nowMs = 29 * 60_000
  expect(await bases(list)).toEqual(['http://two', 'http://one'])
  nowMs = 30 * 60_000
  expect(await bases(list)).toEqual(['http://one', 'http://two'])
})

test('a function that gives the addresses is asked again every five minutes; bad answers keep the last good ones', async () => {
  let nowMs = 0
  const serviceUrl = vi.fn(async () => ({ defaultZone: nowMs === 0 ? 'http://one/' : nowMs < 600_000 ? '' : 'http://two/' }))
  const list = createServerList({ settings: resolveClientOptions({ serviceUrl }), now: () => nowMs })
  expect(await bases(list)).toEqual(['http://one'])
  nowMs = 299_999
  await list.candidates()
  expect(serviceUrl).toHaveBeenCalledTimes(1)
  nowMs = 300_000
  expect(await bases(list)).toEqual(['http://one'])
  nowMs = 600_000
  expect(await bases(list)).toEqual(['http://two'])
})

async function aList(hosts: string[], options: Partial<ServerListOptions> = {}) {
  const settings = resolveClientOptions({ serviceUrl: { defaultZone: hosts.map((host) => `http://${host}/`) } })
  const list = createServerList({ settings, random: () => 0.999, ...options })
  return { list, servers: hosts.map((host): Server => ({ base: `http://${host}`, headers: {} })) }
}

function order(client: ClientOptions, options: Partial<ServerListOptions>) {
  return bases(createServerList({ settings: resolveClientOptions(client), random: () => 0.999, ...options }))
}

async function bases(list: { candidates(): Promise<Server[]> }): Promise<string[]> {
  return (await list.candidates()).map(({ base }) => base)
}
