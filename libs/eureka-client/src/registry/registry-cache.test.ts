import { expect, test, vi } from 'vitest'
import type { Entry } from './applications.ts'
import type { Instance } from './instance.ts'
import { createRegistryCache, type RegistryCacheOptions } from './registry-cache.ts'

test('instances are picked in turn, by name in any case', () => {
  const cache = aCache()
  cache.replaceAll([entry('a'), entry('b')])
  const picked = [1, 2, 3].map(() => cache.pick('Orders')?.instanceId)
  expect(picked).toEqual(['a', 'b', 'a'])
})

test('only instances that are UP and have a port are given out', () => {
  const cache = aCache()
  cache.replaceAll([entry('a', { status: 'OUT_OF_SERVICE' }), entry('b'), entry('c', { port: 0 })])
  expect(idsOf(cache.instances('orders'))).toEqual(['b'])
  expect(cache.has('Orders', 'a')).toBe(true)
  expect(cache.pick('nobody')).toBeUndefined()
})

test('all are given out when the filter is off', () => {
  const cache = aCache({ onlyUp: false })
  cache.replaceAll([entry('a', { status: 'DOWN' }), entry('b')])
  expect(cache.applications()).toMatchObject([{ name: 'ORDERS', instances: [{ instanceId: 'a' }, { instanceId: 'b' }] }])
})

test('listeners hear of changes, not of the same again, and not after they ended', () => {
  const cache = aCache()
  const listener = vi.fn()
  const end = cache.onChange(listener)
  cache.replaceAll([entry('a')])
  cache.replaceAll([entry('a')])
  expect(listener).toHaveBeenCalledTimes(1)
  cache.replaceAll([])
  expect(listener).toHaveBeenCalledTimes(2)
  end()
  cache.replaceAll([entry('a')])
  expect(listener).toHaveBeenCalledTimes(2)
})

test('a listener that throws keeps no other from hearing', () => {
  const onListenerError = vi.fn()
  const cache = aCache({ onListenerError })
  const listener = vi.fn()
  cache.onChange(() => fail(new Error('mine')))
  cache.onChange(listener)
  cache.replaceAll([entry('a')])
  expect(listener).toHaveBeenCalledOnce()
  expect(onListenerError).toHaveBeenCalledOnce()
})

test('changes are applied once however often they are told', () => {
  const cache = aCache()
  const listener = vi.fn()
  cache.replaceAll([entry('a'), entry('b')])
  cache.onChange(listener)
  const changes: Entry[] = [
    { ...entry('a'), action: 'DELETED' },
    { ...entry('b', { status: 'DOWN' }), action: 'MODIFIED' },
    { ...entry('c'), action: 'ADDED' },
    entry('ignored'),
  ]
  cache.apply(changes)
  cache.apply(changes)
  expect(listener).toHaveBeenCalledTimes(1)
  expect(listener.mock.calls[0]?.[0]).toMatchObject([{ type: 'DELETED' }, { type: 'MODIFIED' }, { type: 'ADDED' }])
  expect(cache.hash()).toBe('DOWN_1_UP_1_')
  expect(idsOf(cache.instances('orders'))).toEqual(['c'])
})

test('a deleted instance listed before an added one of an unknown application leaves no ghost', () => {
  const cache = aCache()
  cache.apply([
    { ...entry('old'), action: 'DELETED' },
    { ...entry('new'), action: 'ADDED' },
  ])
  expect(cache.hash()).toBe('UP_1_')
})

test('the hash counts every status in order, and nothing where there is none', () => {
  const cache = aCache()
  expect(cache.hash()).toBe('')
  cache.replaceAll([entry('a'), entry('b', { status: 'STARTING' }), entry('c', { status: 'OUT_OF_SERVICE' }), entry('d')])
  expect(cache.hash()).toBe('OUT_OF_SERVICE_1_STARTING_1_UP_2_')
})

test('VIP addresses are lists in any case, and secure ones are apart', () => {
  const cache = aCache()
  cache.replaceAll([entry('a', { vipAddress: 'Orders,Checkout', secureVipAddress: 'safe' }), entry('b', { vipAddress: 'checkout' })])
  expect(idsOf(cache.instancesByVip('CHECKOUT'))).toEqual(['a', 'b'])
  expect(idsOf(cache.instancesByVip('safe', { secure: true }))).toEqual(['a'])
  expect(cache.instancesByVip('safe')).toEqual([])
  cache.apply([{ ...entry('a', { vipAddress: 'orders' }), action: 'MODIFIED' }])
  expect(idsOf(cache.instancesByVip('checkout'))).toEqual(['b'])
})

test('turns keep to the own zone while it has an instance', () => {
  const cache = aCache({ zone: 'a' })
  cache.replaceAll([entry('far', { zone: 'b' }), entry('near', { zone: 'a' })])
  expect([1, 2].map(() => cache.pick('orders')?.instanceId)).toEqual(['near', 'near'])
  cache.apply([{ ...entry('near'), action: 'DELETED' }])
  expect(cache.pick('orders')?.instanceId).toBe('far')
})

test('a change among 10,000 instances costs no walk over them', () => {
  const cache = aCache()
  cache.replaceAll(Array.from({ length: 10_000 }, (_, index) => entry(`i${index}`, { appName: `APP${index % 200}` })))
  const untouched = cache.instances('app7')
  const startedAtMs = performance.now()
  for (let round = 0; round < 1000; round++) {
    cache.apply([{ ...entry('i8', { appName: 'APP8', status: round % 2 ? 'UP' : 'DOWN' }), action: 'MODIFIED' }])
    cache.hash()
  }
  // A walk over all of them takes a millisecond and more, so 1000 would take seconds.
  expect(performance.now() - startedAtMs).toBeLessThan(250)
  expect(cache.instances('app7')).toBe(untouched)
})

function aCache(options: Partial<RegistryCacheOptions> = {}) {
  return createRegistryCache({ onListenerError: fail, random: () => 0, ...options })
}

function entry(instanceId: string, changes: Partial<Instance> = {}): Entry {
  return {
    instance: { instanceId, appName: 'ORDERS', host: 'web1', port: 80, url: 'http://web1:80', status: 'UP', metadata: {}, ...changes },
  }
}

function idsOf(instances: readonly Instance[]): string[] {
  return instances.map(({ instanceId }) => instanceId)
}

function fail(error: unknown): never {
  throw error
}
