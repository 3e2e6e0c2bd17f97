import { expect, test } from 'vitest'
import { createChangeLog } from './change-log.ts'
import { anInstance, aRegistry } from './testing.ts'

test('each instance is told once, with its last change, in the order of the changes', () => {
  const { registry, changes } = aLog()
  registry.register(anInstance('a'), 0)
  registry.register(anInstance('b'), 0)
  registry.overrideStatus('ORDERS', 'a', 'DOWN', 0)
  expect(Array.from(changes.recent(0), ({ lease }) => `${lease.instance.instanceId} ${lease.actionType}`)).toEqual([
    'b ADDED',
    'a MODIFIED',
  ])
})

test('what came after a version can be asked for as long as the log reaches back', () => {
  const { registry, changes, clock } = aLog()
  registry.register(anInstance('a'), 0)
  registry.register(anInstance('b'), 0)
  expect(changes.since(1)?.map(({ version }) => version)).toEqual([2])
  expect(changes.since(2)).toEqual([])
  expect(changes.since(3)).toBeUndefined()
  clock.nowMs = 1001
  changes.recent(clock.nowMs)
  expect(changes.since(1)).toBeUndefined()
  expect(changes.since(2)).toEqual([])
})

test('beyond its size the oldest changes are dropped', () => {
  const { registry, changes } = aLog(2)
  for (const id of ['a', 'b', 'c']) registry.register(anInstance(id), 0)
  expect(Array.from(changes.recent(0), ({ lease }) => lease.instance.instanceId)).toEqual(['b', 'c'])
  expect(changes.since(0)).toBeUndefined()
  expect(changes.since(1)).toHaveLength(2)
})

function aLog(maxChanges = 100) {
  const clock = { nowMs: 0 }
  const registry = aRegistry()
  return { registry, clock, changes: createChangeLog(registry, { keepMs: 1000, maxChanges, now: () => clock.nowMs }) }
}
