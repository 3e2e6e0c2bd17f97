import { expect, test } from 'vitest'
import { createRandom } from './random.ts'

test('the same seed gives the same choices, another seed others', () => {
  const choices = (seed: number) => {
    const random = createRandom(seed)
    return [random.int(0, 1e9), random.pick(['a', 'b', 'c']), random.shuffle([1, 2, 3, 4, 5, 6, 7, 8]), random.chance(0.5)]
  }
  expect(choices(7)).toEqual(choices(7))
  expect(choices(7)).not.toEqual(choices(8))
})

test('a fork is not changed by what is asked of its origin, nor by another fork', () => {
  const quiet = createRandom(7).fork('load')
  const busy = createRandom(7)
  busy.shuffle([1, 2, 3])
  const other = busy.fork('faults')
  const fork = busy.fork('load')
  expect([fork.next(), fork.next()]).toEqual([quiet.next(), quiet.next()])
  expect(other.next()).not.toBe(createRandom(7).fork('load').next())
})

test('int reaches both of its ends and nothing beyond', () => {
  const random = createRandom(1)
  const seen = new Set(Array.from({ length: 1000 }, () => random.int(3, 6)))
  expect([...seen].sort()).toEqual([3, 4, 5, 6])
})

test('a shuffle loses and doubles nothing', () => {
  const list = Array.from({ length: 100 }, (_item, index) => index)
  expect(
    createRandom(3)
      .shuffle(list)
      .sort((a, b) => a - b),
  ).toEqual(list)
})
