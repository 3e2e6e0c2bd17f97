import { silentLogger } from '@order-flow/service-kit'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Registry } from './registry.ts'
import { createSelfPreservation } from './self-preservation.ts'
import { startSweeper } from './sweeper.ts'
import { anInstance, aRegistry } from './testing.ts'

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

test('an instance that does not renew is gone within one interval after its lease has ended', () => {
  const registry = aRegistry()
  registry.register(anInstance('a'), Date.now())
  const stop = sweep(registry, 1000)
  vi.advanceTimersByTime(15_000)
  expect(registry.size()).toBe(1)
  vi.advanceTimersByTime(1000)
  expect(registry.size()).toBe(0)
  stop()
  expect(vi.getTimerCount()).toBe(0)
})

test('after a pause of the whole process the instances have their usual time to renew', () => {
  const registry = aRegistry()
  registry.register(anInstance('a'), Date.now())
  const stop = sweep(registry, 1000)
  vi.advanceTimersByTime(1000)
  vi.setSystemTime(Date.now() + 8 * 3_600_000)
  vi.advanceTimersByTime(14_000)
  expect(registry.size()).toBe(1)
  vi.advanceTimersByTime(2000)
  expect(registry.size()).toBe(0)
  stop()
})

test('a busy machine, on which every look comes late, does not keep dead instances', () => {
  const registry = aRegistry()
  registry.register(anInstance('a'), Date.now())
  const stop = sweep(registry, 20)
  for (let look = 0; look < 400; look++) {
    vi.setSystemTime(Date.now() + 40)
    vi.advanceTimersByTime(20)
  }
  expect(registry.size()).toBe(0)
  stop()
})

function sweep(registry: Registry, intervalMs: number) {
  const { look } = createSelfPreservation(registry, { isEnabled: true, threshold: 0.85, windowMs: 60_000, maxMs: 900_000 })
  return startSweeper(intervalMs, { registry, look, logger: silentLogger, now: Date.now })
}
