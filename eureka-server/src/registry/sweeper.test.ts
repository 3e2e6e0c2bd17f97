import { silentLogger } from '@order-flow/service-kit'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRegistry } from './registry.ts'
import { startSweeper } from './sweeper.ts'
import { anInstance } from './testing.ts'

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

test('an instance that does not renew is gone within one interval after its lease has ended', () => {
  const registry = createRegistry(10)
  registry.register(anInstance('a'), Date.now())
  const stop = startSweeper(registry, 1000, { logger: silentLogger, now: Date.now })
  vi.advanceTimersByTime(15_000)
  expect(registry.size()).toBe(1)
  vi.advanceTimersByTime(1000)
  expect(registry.size()).toBe(0)
  stop()
  expect(vi.getTimerCount()).toBe(0)
})

test('after a pause of the whole process the instances have their usual time to renew', () => {
  const registry = createRegistry(10)
  registry.register(anInstance('a'), Date.now())
  const stop = startSweeper(registry, 1000, { logger: silentLogger, now: Date.now })
  vi.advanceTimersByTime(1000)
  vi.setSystemTime(Date.now() + 8 * 3_600_000)
  vi.advanceTimersByTime(14_000)
  expect(registry.size()).toBe(1)
  vi.advanceTimersByTime(2000)
  expect(registry.size()).toBe(0)
  stop()
})

test('a busy machine, on which every look comes late, does not keep dead instances', () => {
  const registry = createRegistry(10)
  registry.register(anInstance('a'), Date.now())
  const stop = startSweeper(registry, 20, { logger: silentLogger, now: Date.now })
  for (let look = 0; look < 300; look++) {
    vi.setSystemTime(Date.now() + 40)
    vi.advanceTimersByTime(20)
  }
  expect(registry.size()).toBe(0)
  stop()
})
