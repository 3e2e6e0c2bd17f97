import { expect, test } from 'vitest'
import { createBatcher } from './batcher.ts'
import { AppError } from './errors.ts'

function recording(fails: (item: number) => boolean = () => false) {
  const batches: number[][] = []
  const batcher = createBatcher<number, number>({
    maxBatch: 4,
    maxWaiting: 10,
    run: async (items) => {
      batches.push(items)
      if (items.some(fails)) throw new Error(`bad: ${items.find(fails)}`)
      return items.map((item) => item * 10)
    },
  })
  return { batches, batcher }
}

test('what is submitted in one turn of the event loop is handled together, at most maxBatch at once', async () => {
  const { batches, batcher } = recording()
  expect(await Promise.all([1, 2, 3, 4, 5].map((item) => batcher.submit(item)))).toEqual([10, 20, 30, 40, 50])
  expect(batches).toEqual([[1, 2, 3, 4], [5]])
})

test('one bad item fails alone', async () => {
  const { batcher } = recording((item) => item === 3)
  const results = await Promise.allSettled([1, 2, 3, 4].map((item) => batcher.submit(item)))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
})

test('one more than may wait is refused with when to come back', async () => {
  const { batcher } = recording()
  const submitted = Array.from({ length: 11 }, (_item, index) => batcher.submit(index))
  await expect(submitted[10]).rejects.toMatchObject({ code: 'unavailable', facts: { retryAfterSeconds: 1 } })
  await Promise.all(submitted.slice(0, 10))
})

test('when nothing works every item of the batch fails at once', async () => {
  let runs = 0
  const batcher = createBatcher<number, number>({
    maxBatch: 4,
    maxWaiting: 10,
    run: async () => {
      runs += 1
      throw new AppError('unavailable', 'The database is away.')
    },
  })
  const results = await Promise.allSettled([1, 2, 3, 4].map((item) => batcher.submit(item)))
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected'])
  expect(runs).toBe(1)
})

test('nothing more is taken while the first has waited too long', async () => {
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const batcher = createBatcher<number, number>({ maxBatch: 1, maxWaiting: 10, maxWaitMs: 5, run: (items) => held.then(() => items) })
  const accepted = [batcher.submit(1), batcher.submit(2), batcher.submit(3)]
  await new Promise((resolve) => setTimeout(resolve, 20))
  await expect(batcher.submit(4)).rejects.toMatchObject({ code: 'unavailable', problem: 'overloaded' })
  release()
  expect(await Promise.all(accepted)).toEqual([1, 2, 3])
  expect(await batcher.submit(5)).toBe(5)
})

test('drain waits until nothing is left', async () => {
  const { batches, batcher } = recording()
  for (const item of [1, 2, 3, 4, 5, 6]) void batcher.submit(item)
  await batcher.drain()
  expect(batches.flat()).toEqual([1, 2, 3, 4, 5, 6])
})
