import { afterEach, expect, test } from 'vitest'
import { clientOf } from './client.ts'
import { type RunningRegistry, startRegistry } from './start-registry.ts'

let registry: RunningRegistry | undefined
afterEach(() => registry?.stop())

test('with Netflix’s timing a list stays as it was read first, while single instances are current', async () => {
  registry = await startRegistry({ 'eureka.server.compatibility': 'netflix' })
  const client = clientOf(registry.serviceUrl)
  expect(await client.list()).toEqual([])
  await client.register('a')
  expect(await client.list()).toEqual([])
  expect(await client.instance('a')).toMatchObject({ status: 'UP' })
})

test('with Netflix’s timing a single instance that dies is never evicted', async () => {
  registry = await startRegistry({ 'eureka.server.compatibility': 'netflix', 'eureka.server.eviction-interval-timer-in-ms': 20 })
  const client = clientOf(registry.serviceUrl)
  await client.register('a', { leaseInfo: { renewalIntervalInSecs: 1, durationInSecs: 1 } })
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(await client.instance('a')).toMatchObject({ status: 'UP' })
})
