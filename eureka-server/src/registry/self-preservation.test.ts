import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Registry } from './registry.ts'
import { createSelfPreservation, type SelfPreservationOptions } from './self-preservation.ts'
import { anInstance, aRegistry } from './testing.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

describe.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])('with %i instances', (count) => {
  test('all healthy: it is not active', () => {
    const shop = aShop(count)
    shop.run(5 * MINUTE)
    expect(shop.preservation.state()).toMatchObject({ isActive: false, heard: count, expected: count })
  })

  test('one dies: it is evicted within a second after its lease has ended, and nobody else', () => {
    const shop = aShop(count)
    shop.run(MINUTE)
    shop.kill('0')
    shop.run(14 * SECOND)
    expect(shop.registry.size()).toBe(count)
    shop.run(7 * SECOND)
    expect(shop.registry.size()).toBe(count - 1)
    expect(shop.registry.lease('ORDERS', '0')).toBeUndefined()
  })
})

test.each([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])('none of %i instances is heard any more: all are kept for as long as it lasts', (count) => {
  const shop = aShop(count)
  shop.run(MINUTE)
  for (const id of shop.alive) shop.kill(id)
  shop.run(60 * MINUTE)
  expect(shop.registry.size()).toBe(count)
  expect(shop.preservation.state()).toMatchObject({ isActive: true, heard: 0, expected: count })
})

test('more than the tolerated share falls silent: they are kept until enough are heard again', () => {
  const shop = aShop(20)
  shop.run(MINUTE)
  for (const id of ['0', '1', '2', '3']) shop.kill(id)
  shop.run(5 * MINUTE)
  expect(shop.registry.size()).toBe(20)
  expect(shop.preservation.state()).toMatchObject({ isActive: true, heard: 16, expected: 20, tolerated: 3 })
  shop.start('new')
  shop.run(2 * SECOND)
  expect(shop.preservation.state().isActive).toBe(false)
  expect(shop.registry.size()).toBe(17)
})

test('the silent ones are given up after a time, if others are heard', () => {
  const shop = aShop(10)
  shop.run(MINUTE)
  for (const id of ['0', '1', '2', '3', '4']) shop.kill(id)
  shop.run(15 * MINUTE)
  expect(shop.registry.size()).toBe(10)
  shop.run(20 * SECOND)
  expect(shop.registry.size()).toBe(5)
  shop.run(2 * MINUTE)
  expect(shop.preservation.state()).toMatchObject({ isActive: false, expected: 5 })
})

test('who says goodbye is not missed, however many do', () => {
  const shop = aShop(10)
  shop.run(MINUTE)
  for (const id of ['0', '1', '2', '3', '4', '5', '6', '7']) shop.leave(id)
  shop.run(2 * SECOND)
  expect(shop.preservation.state()).toMatchObject({ isActive: false, expected: 2 })
  shop.kill('8')
  shop.run(25 * SECOND)
  expect(shop.registry.size()).toBe(1)
})

test('each instance is measured by its own interval', () => {
  const shop = aShop(0)
  for (const id of ['a', 'b', 'c']) shop.start(id, { renewalIntervalSecs: 60, durationSecs: 180 })
  for (const id of ['d', 'e', 'f']) shop.start(id, { renewalIntervalSecs: 1, durationSecs: 3 })
  shop.run(10 * MINUTE)
  expect(shop.preservation.state()).toMatchObject({ isActive: false, heard: 6 })
})

test('switched off, whoever has not renewed goes', () => {
  const shop = aShop(10, { isEnabled: false })
  shop.run(MINUTE)
  for (const id of shop.alive) shop.kill(id)
  shop.run(30 * SECOND)
  expect(shop.registry.size()).toBe(0)
})

test('whatever happens, nobody is evicted whose lease runs, and a single death never stays for long', () => {
  const step = fc.record({ seconds: fc.integer({ min: 1, max: 90 }), die: fc.boolean() })
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), fc.array(step, { maxLength: 8 }), (count, steps) => {
      const shop = aShop(count)
      shop.run(MINUTE)
      for (const { seconds, die } of steps) {
        const [first] = shop.alive
        if (die && first !== undefined && shop.alive.size > 1) shop.kill(first)
        shop.run(seconds * SECOND)
        for (const id of shop.alive) expect(shop.registry.lease('ORDERS', id)).toBeDefined()
      }
      shop.run(20 * MINUTE)
      expect(shop.registry.size()).toBe(shop.alive.size)
    }),
    { numRuns: 50 },
  )
})

/** Instances that renew every 5 s with leases of 15 s, and a look every second. */
function aShop(count: number, changes: Partial<SelfPreservationOptions> = {}) {
  const registry = aRegistry()
  const preservation = createSelfPreservation(registry, {
    isEnabled: true,
    threshold: 0.85,
    windowMs: MINUTE,
    maxMs: 15 * MINUTE,
    ...changes,
  })
  const alive = new Set<string>()
  let nowMs = 0

  function start(id: string, times: { renewalIntervalSecs?: number; durationSecs?: number } = {}): void {
    registry.register(anInstance(id, times), nowMs)
    alive.add(id)
  }

  for (let index = 0; index < count; index++) start(String(index))
  return {
    registry,
    preservation,
    alive,
    start,
    kill: (id: string) => void alive.delete(id),
    leave(id: string) {
      alive.delete(id)
      registry.cancel('ORDERS', id, nowMs)
    },
    run(ms: number) {
      for (const endMs = nowMs + ms; nowMs < endMs; ) {
        nowMs += SECOND
        renewDue(registry, alive, nowMs)
        for (const { instance } of preservation.look(nowMs)) registry.cancel(instance.app, instance.instanceId, nowMs)
      }
    },
  }
}

function renewDue(registry: Registry, alive: ReadonlySet<string>, nowMs: number): void {
  for (const id of alive) {
    const intervalMs = (registry.lease('ORDERS', id)?.instance.renewalIntervalSecs ?? 1) * SECOND
    if (nowMs % intervalMs === 0) registry.renew('ORDERS', id, nowMs, { origin: 'client' })
  }
}
