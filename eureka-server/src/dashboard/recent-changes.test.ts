import { expect, test } from 'vitest'
import { anInstance, aRegistry } from '../registry/testing.ts'
import { createRecentChanges } from './recent-changes.ts'

test('each change of an instance is told, with its time', () => {
  const registry = aRegistry()
  const recent = createRecentChanges(registry, 10)
  registry.register(anInstance('a'), 1000)
  registry.overrideStatus('ORDERS', 'a', 'OUT_OF_SERVICE', 2000)
  registry.register(anInstance('a'), 3000)
  registry.cancel('ORDERS', 'a', 4000)
  expect(recent.after(0)).toEqual([
    { number: 1, atMs: 1000, what: 'registered', app: 'ORDERS', instanceId: 'a', status: 'UP' },
    { number: 2, atMs: 2000, what: 'changed', app: 'ORDERS', instanceId: 'a', status: 'OUT_OF_SERVICE' },
    { number: 3, atMs: 3000, what: 'registered-again', app: 'ORDERS', instanceId: 'a', status: 'OUT_OF_SERVICE' },
    { number: 4, atMs: 4000, what: 'left', app: 'ORDERS', instanceId: 'a', status: 'OUT_OF_SERVICE' },
  ])
  expect(recent.after(3)).toMatchObject([{ number: 4 }])
})

test('renewals are no changes', () => {
  const registry = aRegistry()
  registry.register(anInstance('a'), 1000)
  const recent = createRecentChanges(registry, 10)
  registry.renew('ORDERS', 'a', 2000, { origin: 'client' })
  expect(recent.after(0)).toEqual([])
})

test('an eviction is told from a goodbye', () => {
  const registry = aRegistry()
  const recent = createRecentChanges(registry, 10)
  for (const id of ['dead', 'leaving']) registry.register(anInstance(id), 1000)
  const dead = registry.lease('ORDERS', 'dead')
  expect(recent.noteEvictions(dead ? [dead] : [])).toEqual([dead])
  registry.cancel('ORDERS', 'dead', 20_000)
  registry.cancel('ORDERS', 'leaving', 20_001)
  expect(recent.after(2)).toMatchObject([
    { what: 'evicted', instanceId: 'dead' },
    { what: 'left', instanceId: 'leaving' },
  ])
})

test('the oldest are forgotten', () => {
  const registry = aRegistry()
  const recent = createRecentChanges(registry, 2)
  for (const id of ['a', 'b', 'c']) registry.register(anInstance(id), 1000)
  expect(recent.after(0)).toMatchObject([{ instanceId: 'b' }, { instanceId: 'c' }])
})
