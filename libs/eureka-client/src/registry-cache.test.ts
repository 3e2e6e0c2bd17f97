import { expect, test, vi } from 'vitest'
import type { Instance } from './instance.ts'
import { createRegistryCache } from './registry-cache.ts'

test('instances are picked in turn, by name in any case', () => {
  const cache = createRegistryCache(fail)
  cache.replaceAll([anInstance('a'), anInstance('b')])
  const picked = [1, 2, 3].map(() => cache.pick('Orders')?.instanceId)
  expect(picked).toEqual(['a', 'b', 'a'])
})

test('only instances that are UP are given out', () => {
  const cache = createRegistryCache(fail)
  cache.replaceAll([anInstance('a', { status: 'OUT_OF_SERVICE' }), anInstance('b')])
  expect(cache.instances('orders').map(({ instanceId }) => instanceId)).toEqual(['b'])
  expect(cache.has('a')).toBe(true)
  expect(cache.pick('nobody')).toBeUndefined()
})

test('listeners hear of changes, not of the same again, and not after they ended', () => {
  const cache = createRegistryCache(fail)
  const listener = vi.fn()
  const end = cache.onChange(listener)
  cache.replaceAll([anInstance('a')])
  cache.replaceAll([anInstance('a')])
  expect(listener).toHaveBeenCalledTimes(1)
  cache.replaceAll([])
  expect(listener).toHaveBeenCalledTimes(2)
  end()
  cache.replaceAll([anInstance('a')])
  expect(listener).toHaveBeenCalledTimes(2)
})

test('a listener that throws keeps no other from hearing', () => {
  const onListenerError = vi.fn()
  const cache = createRegistryCache(onListenerError)
  const listener = vi.fn()
  cache.onChange(() => fail(new Error('mine')))
  cache.onChange(listener)
  cache.replaceAll([anInstance('a')])
  expect(listener).toHaveBeenCalledOnce()
  expect(onListenerError).toHaveBeenCalledOnce()
})

function anInstance(instanceId: string, changes: Partial<Instance> = {}): Instance {
  return { instanceId, appName: 'ORDERS', host: 'web1', port: 80, url: 'http://web1:80', status: 'UP', metadata: {}, ...changes }
}

function fail(error: unknown): never {
  throw error
}
