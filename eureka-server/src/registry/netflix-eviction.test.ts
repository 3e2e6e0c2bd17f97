import { expect, test } from 'vitest'
import { createNetflixEviction } from './netflix-eviction.ts'
import { anInstance, aRegistry } from './testing.ts'

const MINUTE = 60_000

test('a lease that was renewed lasts twice as long, one that was not lasts once', () => {
  const registry = aRegistry()
  registry.register(anInstance('renewed'), 0)
  registry.register(anInstance('silent'), 0)
  registry.renew('ORDERS', 'renewed', 5000, { origin: 'client' })
  const { look } = createNetflixEviction(registry, { isEnabled: false, threshold: 0, expectedIntervalSecs: 30 })
  expect(idsOf(look(15_001))).toEqual(['silent'])
  expect(idsOf(look(35_000))).toEqual(['silent'])
  expect(idsOf(look(35_001)).sort()).toEqual(['renewed', 'silent'])
})

test('with one instance it is always active, though that instance renews in time', () => {
  const registry = aRegistry()
  registry.register(anInstance('a'), 0)
  const eviction = createNetflixEviction(registry, { isEnabled: true, threshold: 0.85, expectedIntervalSecs: 30 })
  eviction.look(0)
  for (const atMs of [30_000, 60_000]) registry.renew('ORDERS', 'a', atMs, { origin: 'client' })
  eviction.look(MINUTE)
  expect(eviction.state()).toMatchObject({ isActive: true, heard: 2, expected: 3 })
})

test.each([
  [6, 1],
  [13, 2],
  [20, 3],
  [100, 15],
])('of %i ended leases %i go in one look', (size, evicted) => {
  const registry = aRegistry()
  for (let index = 0; index < size; index++) registry.register(anInstance(`a${index}`), 0)
  const { look } = createNetflixEviction(registry, { isEnabled: false, threshold: 0.85, expectedIntervalSecs: 30, random: () => 0 })
  expect(look(MINUTE)).toHaveLength(evicted)
})

test('50 instances with leases of 30 s that have ended: 45 are left after one look at a limit of 90 %', () => {
  const registry = aRegistry()
  for (let index = 0; index < 50; index++) registry.register(anInstance(`a${index}`, { durationSecs: 30 }), 0)
  const { look } = createNetflixEviction(registry, { isEnabled: false, threshold: 0.9, expectedIntervalSecs: 30 })
  for (const { instance } of look(30_001)) registry.cancel(instance.app, instance.instanceId, 30_001)
  expect(registry.size()).toBe(45)
})

test('151 expected instances make a threshold of 256 renewals a minute', () => {
  const registry = aRegistry()
  for (let index = 0; index < 150; index++) registry.register(anInstance(`a${index}`), 0)
  const eviction = createNetflixEviction(registry, { isEnabled: true, threshold: 0.85, expectedIntervalSecs: 30 })
  eviction.look(0)
  expect(eviction.state().expected).toBe(256)
})

function idsOf(leases: readonly { instance: { instanceId: string } }[]): string[] {
  return leases.map(({ instance }) => instance.instanceId)
}
