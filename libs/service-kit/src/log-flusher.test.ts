import { expect, test } from 'vitest'
import { createLogFlusher } from './log-flusher.ts'

/** A disk whose flushes end when the test says so. */
function aDisk() {
  const flushes: { succeed: () => void; fail: () => void }[] = []
  const flusher = createLogFlusher('log', () => ({
    datasync: () => new Promise<void>((resolve, reject) => flushes.push({ succeed: resolve, fail: () => reject(new Error('EIO')) })),
    close: async () => undefined,
  }))
  return { flushes, flusher }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('what is written while a flush runs waits for the next one, all of it for the same', async () => {
  const { flushes, flusher } = aDisk()
  const done: string[] = []
  const write = (name: string) => {
    flusher.markDirty()
    void flusher.flushed().then(() => done.push(name))
  }
  write('a')
  await turn()
  write('b')
  write('c')
  flushes[0]?.succeed()
  await turn()
  expect(done).toEqual(['a'])
  flushes[1]?.succeed()
  await turn()
  expect(done).toEqual(['a', 'b', 'c'])
  expect(flushes).toHaveLength(2)
})

test('after a failed flush nothing is called durable any more, also what was written later', async () => {
  const { flushes, flusher } = aDisk()
  flusher.markDirty()
  const first = flusher.flushed()
  await turn()
  flusher.markDirty()
  const second = flusher.flushed()
  const outcomes = Promise.allSettled([first, second])
  flushes[0]?.fail()
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(flusher.flushed()).rejects.toMatchObject({ code: 'unavailable' })
  expect(() => flusher.check()).toThrow('could not be brought to disk: EIO')
  expect(flushes).toHaveLength(1)
})
