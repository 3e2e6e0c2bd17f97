import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { clientOf } from './client.ts'
import { startRegistry } from './start-registry.ts'

let dataDir: string
const running: { stop(): Promise<void> }[] = []

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'eureka-durable-'))
})
afterEach(async () => {
  for (const registry of running.splice(0)) await registry.stop()
  await rm(dataDir, { recursive: true, force: true })
})

async function start(settings: Record<string, unknown> = {}) {
  const registry = await startRegistry(settings, { dataDir })
  running.push(registry)
  return { ...registry, client: clientOf(registry.serviceUrl) }
}

test('after a restart the registry is as it was, with overrides and what was added to the metadata', async () => {
  const first = await start()
  await first.client.register('a', { lastDirtyTimestamp: 5 })
  await first.client.register('b')
  await first.client.register('gone')
  await first.client.override('b', 'OUT_OF_SERVICE')
  await first.client.addMetadata('a', 'color=blue')
  await first.client.cancel('gone')
  await first.stop()

  const { client } = await start()
  expect(await client.list()).toEqual(['ORDERS/a UP', 'ORDERS/b OUT_OF_SERVICE'])
  expect(await client.renew('a')).toBe(200)
  await client.register('a', { lastDirtyTimestamp: 6 })
  expect((await client.instance('a')).metadata).toEqual({ color: 'blue' })
  await client.register('b')
  expect(await client.instance('b')).toMatchObject({ status: 'OUT_OF_SERVICE', overriddenStatus: 'OUT_OF_SERVICE' })
})

test('it says that it waits for the instances, until each was heard', async () => {
  const first = await start()
  await first.client.register('a')
  await first.stop()
  const { client, url } = await start()
  const health = async () => ((await (await fetch(`${url}/actuator/health`)).json()) as Health).components.registry.details
  expect(await health()).toEqual({ instances: 1, recovering: true, unheard: 1 })
  await new Promise((resolve) => setTimeout(resolve, 5))
  await client.renew('a')
  expect(await health()).toEqual({ instances: 1, recovering: false, unheard: 0 })
})

interface Health {
  components: { registry: { details: Record<string, unknown> } }
}

test('an instance that died meanwhile has one lease to be heard in, then it goes', async () => {
  const first = await start()
  await first.client.register('a', { leaseInfo: { durationInSecs: 1 } })
  await first.stop()
  const { client } = await start({ 'eureka.server.eviction-interval-timer-in-ms': 20 })
  expect(await client.list()).toHaveLength(1)
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(await client.list()).toHaveLength(1)
  await vi.waitFor(async () => expect(await client.list()).toEqual([]), { timeout: 3000 })
})

test('what cannot be read is put aside, and the registry starts empty', async () => {
  const first = await start()
  await first.client.register('a')
  await first.stop()
  const folder = join(dataDir, 'eureka-server')
  for (const name of await readdir(folder)) if (name.startsWith('registry.db')) await rm(join(folder, name))
  await writeFile(join(folder, 'registry.db'), 'this is no database, however long one makes it '.repeat(100))
  const { client } = await start()
  expect(await client.list()).toEqual([])
  await client.register('b')
  expect(await readdir(folder)).toContain('registry.db.broken')
})

test('a registry that may hold less than before starts with what it may', async () => {
  const first = await start()
  for (const id of ['a', 'b', 'c']) await first.client.register(id)
  await first.stop()
  const { client } = await start({ 'eureka.server.max-instances': 2 })
  expect(await client.list()).toHaveLength(2)
})

test('switched off, nothing is kept', async () => {
  const first = await start({ 'eureka.server.durable': false })
  await first.client.register('a')
  await first.stop()
  const { client } = await start({ 'eureka.server.durable': false })
  expect(await client.list()).toEqual([])
})
