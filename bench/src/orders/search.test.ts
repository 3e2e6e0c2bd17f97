import { expect, test } from 'vitest'
import { isSustained, searchSustained } from './search.ts'

/** What a system that completes at most `capacity` orders a second makes of a load. */
function aLoad(ordersPerSecond: number, capacity: number) {
  const completed = Math.min(ordersPerSecond, capacity)
  return { ordersPerSecond, result: { due: ordersPerSecond, completed, rejected: 0, refused: 0, errors: {}, unfinished: 0 } }
}

test.each([600, 2_345, 7_000])('the search comes close to a capacity of %i orders/s', async (capacity) => {
  const load = async (rate: number) => aLoad(rate, capacity)
  const found = await searchSustained({ probe: load, measure: load })
  expect(found?.result.completed).toBeGreaterThan(capacity * 0.9)
  expect(found?.result.completed).toBeLessThanOrEqual(capacity)
})

test('a rate that a short probe survived but a long measurement does not is lowered', async () => {
  const found = await searchSustained({ probe: async (rate) => aLoad(rate, 2_000), measure: async (rate) => aLoad(rate, 1_700) })
  expect(found?.ordersPerSecond).toBeLessThan(1_760)
  expect(found?.ordersPerSecond).toBeGreaterThan(1_500)
})

test('nothing is sustained where nothing is completed', async () => {
  const load = async (rate: number) => aLoad(rate, 0)
  expect(await searchSustained({ probe: load, measure: load })).toBeUndefined()
})

test('errors, refusals, rejections and orders without an outcome are not sustained', () => {
  const { result: good } = aLoad(100, 100)
  const bad = [{ errors: { 503: 1 } }, { refused: 1 }, { rejected: 1 }, { unfinished: 1 }, { completed: 90 }]
  expect(isSustained(good)).toBe(true)
  expect(bad.map((change) => isSustained({ ...good, ...change }))).toEqual(bad.map(() => false))
})
