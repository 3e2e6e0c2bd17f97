import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { InstanceInfo } from './instance.ts'
import { createRegistry, effectiveStatus } from './registry.ts'
import { anInstance } from './testing.ts'

const LEASE_MS = 15_000

test('an instance is listed exactly while it renews in time', () => {
  const registry = createRegistry(10)
  registry.register(anInstance('a'), 0)
  expect(registry.renew('ORDERS', 'a', LEASE_MS)).toBe(true)
  expect(registry.evictExpired(2 * LEASE_MS)).toEqual([])
  expect(registry.evictExpired(2 * LEASE_MS + 1).map(({ instance }) => instance.instanceId)).toEqual(['a'])
  expect(registry.applications()).toEqual([])
  expect(registry.renew('ORDERS', 'a', 2 * LEASE_MS + 2)).toBe(false)
})

test('renewals leave the version alone, everything that readers see raises it', () => {
  const registry = createRegistry(10)
  const seen = [registry.version()]
  const note = () => seen.push(registry.version())
  registry.register(anInstance('a'), 0)
  note()
  registry.renew('ORDERS', 'a', 1)
  expect(registry.version()).toBe(seen.at(-1))
  registry.overrideStatus('ORDERS', 'a', 'OUT_OF_SERVICE', 2)
  note()
  registry.removeOverride('ORDERS', 'a', 'UP', 3)
  note()
  registry.cancel('ORDERS', 'a')
  note()
  expect(seen).toEqual([...new Set(seen)])
})

test('an instance that an operator took out of service stays out when it registers again', () => {
  const registry = createRegistry(10)
  registry.register(anInstance('a'), 0)
  registry.overrideStatus('ORDERS', 'a', 'OUT_OF_SERVICE', 1)
  registry.register(anInstance('a', { lastDirtyTimestamp: 2 }), 2)
  expect(registry.lease('ORDERS', 'a')).toMatchObject({ status: 'OUT_OF_SERVICE', overriddenStatus: 'OUT_OF_SERVICE' })
})

test('an ended override without a status makes the instance register again, and then its own status counts', () => {
  const registry = createRegistry(10)
  registry.register(anInstance('a'), 0)
  registry.overrideStatus('ORDERS', 'a', 'OUT_OF_SERVICE', 1)
  registry.removeOverride('ORDERS', 'a', 'UNKNOWN', 2)
  expect(registry.renew('ORDERS', 'a', 3)).toBe(false)
  registry.register(anInstance('a'), 4)
  expect(registry.lease('ORDERS', 'a')).toMatchObject({ status: 'UP', overriddenStatus: 'UNKNOWN' })
})

test('an outdated registration prolongs the lease and changes nothing else', () => {
  const registry = createRegistry(10)
  registry.register(anInstance('a', { lastDirtyTimestamp: 5, metadata: { v: '2' } }), 0)
  registry.register(anInstance('a', { lastDirtyTimestamp: 4, metadata: { v: '1' } }), 100)
  expect(registry.lease('ORDERS', 'a')).toMatchObject({ instance: { metadata: { v: '2' } }, lastRenewalAtMs: 100 })
})

test('a renewal with newer data than ours makes the client register again', () => {
  const registry = createRegistry(10)
  registry.register(anInstance('a', { lastDirtyTimestamp: 5 }), 0)
  expect(registry.renew('ORDERS', 'a', 1, 5)).toBe(true)
  expect(registry.renew('ORDERS', 'a', 1, 4)).toBe(true)
  expect(registry.renew('ORDERS', 'a', 1, 6)).toBe(false)
})

test('a full registry refuses new instances and still takes known ones', () => {
  const registry = createRegistry(1)
  registry.register(anInstance('a'), 0)
  expect(() => registry.register(anInstance('b'), 0)).toThrow('takes 1 instances')
  registry.register(anInstance('a'), 1)
  expect(registry.size()).toBe(1)
})

test('time in which the registry heard nobody is not held against the instances', () => {
  const registry = createRegistry(10)
  registry.register(anInstance('a'), 0)
  registry.prolongAll(100_000, 101_000)
  expect(registry.evictExpired(101_000)).toEqual([])
  expect(registry.evictExpired(101_000 + LEASE_MS + 1)).toHaveLength(1)
})

test.each([
  ['DOWN', 'OUT_OF_SERVICE', 'UP', 'DOWN'],
  ['UP', 'OUT_OF_SERVICE', 'UP', 'OUT_OF_SERVICE'],
  ['UP', 'UNKNOWN', 'OUT_OF_SERVICE', 'OUT_OF_SERVICE'],
  ['OUT_OF_SERVICE', 'UNKNOWN', 'UP', 'UP'],
  ['UP', 'UNKNOWN', 'DOWN', 'UP'],
  ['UP', 'UNKNOWN', undefined, 'UP'],
] as const)('sent %s, overridden %s, known %s: %s counts', (sent, overridden, known, expected) => {
  expect(effectiveStatus(sent, overridden, known)).toBe(expected)
})

type Command = { type: 'register' | 'renew' | 'cancel'; app: string; id: string } | { type: 'pass'; ms: number } | { type: 'evict' }

test('for any history exactly the instances with a running lease are listed', () => {
  const app = fc.constantFrom('ORDERS', 'STOCK')
  const id = fc.constantFrom('a', 'b', 'c')
  const command: fc.Arbitrary<Command> = fc.oneof(
    fc.record({ type: fc.constantFrom('register', 'renew', 'cancel'), app, id }),
    fc.record({ type: fc.constant('pass'), ms: fc.integer({ min: 0, max: 2 * LEASE_MS }) }),
    fc.record({ type: fc.constant('evict') }),
  )
  fc.assert(fc.property(fc.array(command, { maxLength: 60 }), (commands) => checkHistory(commands)))
})

/** Plays the commands against the registry and against the simplest model: the time of the last sign of life by key. */
function checkHistory(commands: readonly Command[]): void {
  const registry = createRegistry(100)
  const lastSeen = new Map<string, number>()
  let nowMs = 0
  for (const command of commands) {
    switch (command.type) {
      case 'pass':
        nowMs += command.ms
        break
      case 'evict':
        registry.evictExpired(nowMs)
        for (const [key, seenMs] of lastSeen) if (nowMs > seenMs + LEASE_MS) lastSeen.delete(key)
        break
      case 'register':
        registry.register(anInstance(command.id, { app: command.app }), nowMs)
        lastSeen.set(`${command.app}/${command.id}`, nowMs)
        break
      case 'renew':
        expect(registry.renew(command.app, command.id, nowMs)).toBe(lastSeen.has(`${command.app}/${command.id}`))
        if (lastSeen.has(`${command.app}/${command.id}`)) lastSeen.set(`${command.app}/${command.id}`, nowMs)
        break
      case 'cancel':
        expect(registry.cancel(command.app, command.id)).toBe(lastSeen.delete(`${command.app}/${command.id}`))
    }
    const listed = registry.applications().flatMap((app) => registry.leasesOf(app).map(({ instance }) => keyOf(instance)))
    expect(listed.sort()).toEqual([...lastSeen.keys()].sort())
    expect(registry.size()).toBe(lastSeen.size)
  }
}

function keyOf({ app, instanceId }: InstanceInfo): string {
  return `${app}/${instanceId}`
}
