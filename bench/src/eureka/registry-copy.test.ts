import { expect, test } from 'vitest'
import { createRegistryCopy } from './registry-copy.ts'

function app(name: string, ...instances: [id: string, actionType: string, status?: string][]) {
  return { name, instance: instances.map(([instanceId, actionType, status = 'UP']) => ({ instanceId, actionType, status })) }
}

test('the hash code counts the instances of each status, in the order of the statuses’ names', () => {
  const copy = createRegistryCopy()
  expect(copy.hashCode()).toBe('')
  copy.replace([app('A', ['a1', 'ADDED'], ['a2', 'ADDED', 'DOWN']), app('B', ['b1', 'ADDED'])])
  expect(copy.hashCode()).toBe('DOWN_1_UP_2_')
})

test('a delta adds, changes and removes, and may come twice', () => {
  const copy = createRegistryCopy()
  copy.replace([app('A', ['a1', 'ADDED'], ['a2', 'ADDED']), app('B', ['b1', 'ADDED'])])
  const delta = [app('A', ['a3', 'ADDED'], ['a1', 'MODIFIED', 'OUT_OF_SERVICE'], ['a2', 'DELETED']), app('B', ['b1', 'DELETED'])]
  copy.apply(delta)
  copy.apply(delta)
  expect(copy.hashCode()).toBe('OUT_OF_SERVICE_1_UP_1_')
})

test('a deleted instance listed before an added one of an unknown application stays, as in Java’s client', () => {
  const copy = createRegistryCopy()
  copy.apply([app('A', ['a1', 'DELETED'], ['a2', 'ADDED'])])
  expect(copy.hashCode()).toBe('UP_2_')
  copy.replace([])
  copy.apply([app('A', ['a2', 'ADDED'], ['a1', 'DELETED'])])
  expect(copy.hashCode()).toBe('UP_1_')
})
