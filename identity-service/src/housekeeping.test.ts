import { createCloser, silentLogger } from '@order-flow/service-kit'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startHousekeeping } from './housekeeping.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('a chore that fails is done again at its next time', async () => {
  const closer = createCloser()
  let runs = 0
  const run = async () => {
    runs++
    throw new Error('the database is away')
  }
  startHousekeeping([{ name: 'chore', everyMs: 1000, run }], { closer, logger: silentLogger })
  await vi.advanceTimersByTimeAsync(3000)
  expect(runs).toBe(3)
  await closer.close()
  await vi.advanceTimersByTimeAsync(3000)
  expect(runs).toBe(3)
})

test('a chore does not overlap itself, and closing waits for it', async () => {
  const closer = createCloser()
  const { promise, resolve } = Promise.withResolvers<void>()
  let runs = 0
  let isClosed = false
  const run = () => {
    runs++
    return promise
  }
  startHousekeeping([{ name: 'chore', everyMs: 1000, run }], { closer, logger: silentLogger })
  await vi.advanceTimersByTimeAsync(3000)
  expect(runs).toBe(1)
  const closing = closer.close().then(() => {
    isClosed = true
  })
  await vi.advanceTimersByTimeAsync(100)
  expect(isClosed).toBe(false)
  resolve()
  await closing
})
