import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createConcurrencyLimit } from './concurrency-limit.ts'

function aGate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

test('only so many run at once, the rest in order of arrival', async () => {
  const limit = createConcurrencyLimit({ maxConcurrent: 2, maxWaiting: 10 })
  const started: number[] = []
  const gates = [aGate(), aGate(), aGate(), aGate()]
  const runs = gates.map((gate, index) =>
    limit.run(async () => {
      started.push(index)
      await gate.opened
    }),
  )
  await turnOfTheLoop()
  expect(started).toEqual([0, 1])
  gates[1]?.open()
  await runs[1]
  await turnOfTheLoop()
  expect(started).toEqual([0, 1, 2])
  for (const gate of gates) gate.open()
  await Promise.all(runs)
  expect(started).toEqual([0, 1, 2, 3])
})

test('one more than may wait is turned away with a time to come back', async () => {
  const limit = createConcurrencyLimit({ maxConcurrent: 1, maxWaiting: 1 })
  const gate = aGate()
  const accepted = [limit.run(() => gate.opened), limit.run(() => gate.opened)]
  await expect(limit.run(async () => undefined)).rejects.toMatchObject({ code: 'unavailable', facts: { retryAfterSeconds: 2 } })
  gate.open()
  await Promise.all(accepted)
})

test('work that fails gives its turn away', async () => {
  const limit = createConcurrencyLimit({ maxConcurrent: 1, maxWaiting: 1 })
  await expect(
    limit.run(async () => {
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  expect(await limit.run(async () => 'next')).toBe('next')
})
