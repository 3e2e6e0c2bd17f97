import { expect, test } from 'vitest'
import { arrivals, seededRandom } from './arrivals.ts'

test('arrivals come at the rate asked for, at random distances, and the same for the same seed', () => {
  const first = (count: number) => arrivals(1000, seededRandom(7)).take(count).toArray()
  const times = first(20_000)
  expect(times.at(-1)).toBeGreaterThan(19_500)
  expect(times.at(-1)).toBeLessThan(20_500)
  const gaps = times.map((time, index) => time - (times[index - 1] ?? 0))
  const longerThanMean = gaps.filter((gap) => gap > 1).length / gaps.length
  // Of exponential distances 1/e are above the mean.
  expect(longerThanMean).toBeCloseTo(Math.exp(-1), 1)
  expect(first(100)).toEqual(times.slice(0, 100))
})
