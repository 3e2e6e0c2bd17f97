import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anInstance, aRegistry, listedIn } from './testing.ts'

const fromClient = { origin: 'client' } as const
const fromPeer = { origin: 'peer' } as const

test('renewals leave the version alone, everything that readers see raises it by one', () => {
  const registry = aRegistry()
  const seen: number[] = []
  registry.onChange((_lease, version) => seen.push(version))
  registry.register(anInstance('a'), 0)
  registry.renew('ORDERS', 'a', 1, fromClient)
  registry.overrideStatus('ORDERS', 'a', 'OUT_OF_SERVICE', 2)
  registry.removeOverride('ORDERS', 'a', 'UP', 3)
  registry.addMetadata('ORDERS', 'a', { color: 'blue' }, 4)
  registry.cancel('ORDERS', 'a', 5)
  expect(seen).toEqual([1, 2, 3, 4, 5])
  expect(registry.version()).toBe(5)
})

test('an instance that an operator took out of service stays out when it registers again', () => {
  const registry = aRegistry()
  registry.register(anInstance('a'), 0)
  registry.overrideStatus('ORDERS', 'a', 'OUT_OF_SERVICE', 1)
  registry.register(anInstance('a', { lastDirtyTimestamp: 2 }), 2)
  expect(registry.lease('ORDERS', 'a')).toMatchObject({ status: 'OUT_OF_SERVICE', overriddenStatus: 'OUT_OF_SERVICE' })
})

test('an ended override without a status makes the instance register again, and then its own status counts', () => {
  const registry = aRegistry()
  registry.register(anInstance('a'), 0)
  registry.overrideStatus('ORDERS', 'a', 'OUT_OF_SERVICE', 1)
  registry.removeOverride('ORDERS', 'a', 'UNKNOWN', 2)
  expect(registry.renew('ORDERS', 'a', 3, fromClient)).toEqual({ result: 'unknown' })
  registry.register(anInstance('a'), 4)
  expect(registry.lease('ORDERS', 'a')).toMatchObject({ status: 'UP', overriddenStatus: 'UNKNOWN' })
})

test('an override to the status that an instance has stores nothing', () => {
  const registry = aRegistry()
  registry.register(anInstance('a'), 0)
  expect(registry.overrideStatus('ORDERS', 'a', 'UP', 1)).toBe(true)
  expect(registry.lease('ORDERS', 'a')).toMatchObject({ overriddenStatus: 'UNKNOWN', actionType: 'ADDED' })
})

test('an outdated registration prolongs the lease and changes nothing else', () => {
  const registry = aRegistry()
  registry.register(anInstance('a', { lastDirtyTimestamp: 5, metadata: { v: '2' } }), 0)
  registry.register(anInstance('a', { lastDirtyTimestamp: 4, metadata: { v: '1' } }), 100)
  expect(registry.lease('ORDERS', 'a')).toMatchObject({ instance: { metadata: { v: '2' } }, lastRenewalAtMs: 100 })
})

test('a renewal with newer data than ours makes the sender register the instance again', () => {
  const registry = aRegistry()
  registry.register(anInstance('a', { lastDirtyTimestamp: 5 }), 0)
  expect(registry.renew('ORDERS', 'a', 1, { ...fromClient, lastDirtyTimestamp: 5 })).toEqual({ result: 'renewed' })
  expect(registry.renew('ORDERS', 'a', 1, { ...fromClient, lastDirtyTimestamp: 4 })).toEqual({ result: 'renewed' })
  expect(registry.renew('ORDERS', 'a', 1, { ...fromClient, lastDirtyTimestamp: 6 })).toEqual({ result: 'unknown' })
})

test('a peer with older data than ours is told of ours', () => {
  const registry = aRegistry()
  registry.register(anInstance('a', { lastDirtyTimestamp: 5 }), 0)
  expect(registry.renew('ORDERS', 'a', 1, { ...fromPeer, lastDirtyTimestamp: 4 })).toMatchObject({
    result: 'newer-here',
    lease: { instance: { instanceId: 'a' }, lastRenewalAtMs: 1 },
  })
})

test('an override that only a peer with newer data knows of is kept for the registration that follows', () => {
  const registry = aRegistry()
  registry.register(anInstance('a', { lastDirtyTimestamp: 5 }), 0)
  registry.renew('ORDERS', 'a', 1, { ...fromPeer, lastDirtyTimestamp: 6, overriddenStatus: 'OUT_OF_SERVICE' })
  registry.register(anInstance('a', { lastDirtyTimestamp: 6 }), 2, 'peer')
  expect(registry.lease('ORDERS', 'a')).toMatchObject({ status: 'OUT_OF_SERVICE' })
})

test('added metadata stays when the instance registers again, except where it says otherwise itself', () => {
  const registry = aRegistry()
  registry.register(anInstance('a', { metadata: { version: '1' } }), 0)
  registry.addMetadata('ORDERS', 'a', { version: '9', color: 'blue' }, 1)
  expect(registry.lease('ORDERS', 'a')).toMatchObject({ instance: { metadata: { version: '9', color: 'blue' } }, actionType: 'ADDED' })
  registry.register(anInstance('a', { metadata: { version: '2' }, lastDirtyTimestamp: 2 }), 2)
  expect(registry.lease('ORDERS', 'a')?.instance.metadata).toEqual({ version: '2', color: 'blue' })
})

test('a full registry refuses new instances and still takes known ones', () => {
  const registry = aRegistry({ maxInstances: 2, maxInstancesPerApplication: 1 })
  registry.register(anInstance('a'), 0)
  expect(() => registry.register(anInstance('b'), 0)).toThrow('ORDERS is full: an application takes 1 instances')
  registry.register(anInstance('b', { app: 'STOCK' }), 0)
  expect(() => registry.register(anInstance('c', { app: 'LIVE' }), 0)).toThrow('takes 2 instances')
  registry.register(anInstance('a'), 1)
  expect(registry.size()).toBe(2)
})

type Command = { type: 'register' | 'renew' | 'cancel' | 'override' | 'restore'; app: string; id: string }

test('for any history, what is listed and counted is what was registered and has not left', () => {
  const command: fc.Arbitrary<Command> = fc.record({
    type: fc.constantFrom('register', 'renew', 'cancel', 'override', 'restore'),
    app: fc.constantFrom('ORDERS', 'STOCK'),
    id: fc.constantFrom('a', 'b', 'c'),
  })
  fc.assert(fc.property(fc.array(command, { maxLength: 60 }), checkHistory))
})

/** Plays the commands against the registry and against the simplest model: a set of names. */
function checkHistory(commands: readonly Command[]): void {
  const registry = aRegistry()
  const model = new Set<string>()
  for (const { type, app, id } of commands) {
    const key = `${app}/${id}`
    switch (type) {
      case 'register':
        registry.register(anInstance(id, { app }), 0)
        model.add(key)
        break
      case 'renew':
        expect(registry.renew(app, id, 0, fromClient).result).toBe(model.has(key) ? 'renewed' : 'unknown')
        break
      case 'override':
        expect(registry.overrideStatus(app, id, 'OUT_OF_SERVICE', 0)).toBe(model.has(key))
        break
      case 'restore': {
        const lease = registry.lease(app, id)
        if (lease) registry.restore(lease)
        break
      }
      case 'cancel':
        expect(registry.cancel(app, id, 0)).toBe(model.delete(key))
    }
    expect(listedIn(registry)).toEqual([...model].sort())
    expect(registry.size()).toBe(model.size)
    expect([...registry.statusCounts().values()].reduce((sum, count) => sum + count, 0)).toBe(model.size)
  }
}
