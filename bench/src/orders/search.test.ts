import { expect, test } from 'vitest'
import type { LoadResult } from './load.ts'
import { isSustained, searchSustained } from './search.ts'

const NONE = { count: 0, p50: null, p90: null, p99: null, p999: null, max: null }

/** What a system that completes at most `capacity` orders a second makes of a load. */
function aResult(ordersPerSecond: number, capacity: number): LoadResult {
  const completedPerSecond = Math.min(ordersPerSecond, capacity)
  return {
    ordersPerSecond,
    seconds: 1,
    duePerSecond: ordersPerSecond,
    acceptedPerSecond: completedPerSecond,
    completedPerSecond,
    due: ordersPerSecond,
    accepted: completedPerSecond,
    completed: completedPerSecond,
    rejected: 0,
    errors: {},
    unfinished: 0,
    httpMs: NONE,
    orderToNotificationMs: NONE,
    serverCpu: null,
    generatorCpu: 0,
    sentLateMs: { p99: null, max: null },
  }
}

test.each([600, 2_345, 7_000])('the search comes close to a capacity of %i orders/s', async (capacity) => {
  const load = async (rate: number) => aResult(rate, capacity)
  const found = await searchSustained({ probe: load, measure: load })
  expect(found?.completedPerSecond).toBeGreaterThan(capacity * 0.9)
  expect(found?.completedPerSecond).toBeLessThanOrEqual(capacity)
})

test('a rate that a short probe survived but a long measurement does not is lowered', async () => {
  const found = await searchSustained({ probe: async (rate) => aResult(rate, 2_000), measure: async (rate) => aResult(rate, 1_700) })
  expect(found?.ordersPerSecond).toBeLessThan(1_760)
  expect(found?.ordersPerSecond).toBeGreaterThan(1_500)
})

test('nothing is sustained where nothing is completed', async () => {
  const load = async (rate: number) => aResult(rate, 0)
  expect(await searchSustained({ probe: load, measure: load })).toBeUndefined()
})

test('errors, rejections and orders without an outcome are not sustained', () => {
  const good = aResult(100, 100)
  expect([good, { ...good, errors: { 503: 1 } }, { ...good, rejected: 1 }, { ...good, unfinished: 1 }].map(isSustained)).toEqual([
    true,
    false,
    false,
    false,
  ])
})
