import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createAttemptLimit, createCountLimit } from './attempt-limit.ts'

const options = { maxFailures: 5, firstPauseSeconds: 30, maxPauseSeconds: 100, forgetSeconds: 3600, maxKeys: 100 }
const pauseOf = (seconds: number) => ({ code: 'too_many_requests', facts: { retryAfterSeconds: seconds } })

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

async function fail(limit: { attempt(key: string): Promise<void> }, times: number, key = 'k'): Promise<void> {
  for (let time = 0; time < times; time++) await limit.attempt(key)
}

test('after five failures there is a pause, then one attempt, then a pause twice as long, up to the longest', async () => {
  const limit = createAttemptLimit(options)
  await fail(limit, 5)
  for (const seconds of [30, 60, 100, 100]) {
    await expect(limit.attempt('k')).rejects.toMatchObject(pauseOf(seconds))
    vi.advanceTimersByTime(seconds * 1000)
    await limit.attempt('k')
  }
})

test('attempts during a pause do not make it longer', async () => {
  const limit = createAttemptLimit(options)
  await fail(limit, 5)
  vi.advanceTimersByTime(10_000)
  for (let time = 0; time < 20; time++) await expect(limit.attempt('k')).rejects.toMatchObject(pauseOf(20))
  vi.advanceTimersByTime(20_000)
  await limit.attempt('k')
})

test('a hundred guesses at once are five', async () => {
  const limit = createAttemptLimit(options)
  const guesses = await Promise.allSettled(Array.from({ length: 100 }, () => limit.attempt('k')))
  expect(guesses.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
  vi.advanceTimersByTime(30_000)
  const later = await Promise.allSettled(Array.from({ length: 100 }, () => limit.attempt('k')))
  expect(later.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('a success forgets all failures', async () => {
  const limit = createAttemptLimit(options)
  await fail(limit, 5)
  await limit.forget('k')
  await fail(limit, 5)
  await expect(limit.attempt('k')).rejects.toMatchObject(pauseOf(30))
})

test('an attempt taken back does not count', async () => {
  const limit = createAttemptLimit(options)
  for (let time = 0; time < 20; time++) {
    await limit.attempt('k')
    await limit.takeBack('k')
  }
  await fail(limit, 5)
})

test('failures are forgotten with time', async () => {
  const limit = createAttemptLimit(options)
  await fail(limit, 4)
  vi.advanceTimersByTime(3_600_000)
  await fail(limit, 5)
})

test('keys do not disturb each other, and the longest unused is forgotten when there are too many', async () => {
  const limit = createAttemptLimit({ ...options, maxKeys: 2 })
  await fail(limit, 5, 'a')
  await limit.attempt('b')
  await expect(limit.attempt('a')).rejects.toMatchObject(pauseOf(30))
  await limit.attempt('c')
  await expect(limit.attempt('a')).rejects.toMatchObject(pauseOf(30))
  await limit.attempt('d')
  await limit.attempt('e')
  await limit.attempt('a')
})

test('a count lets so many pass in a window', async () => {
  const count = createCountLimit({ max: 2, windowSeconds: 60, maxKeys: 10 })
  await count('k')
  await count('k')
  await expect(count('k')).rejects.toMatchObject(pauseOf(60))
  await count('other')
  vi.advanceTimersByTime(60_000)
  await count('k')
})
