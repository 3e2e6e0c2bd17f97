import { expect, test } from 'vitest'
import { createTasks } from './tasks.ts'

test('never more tasks run than the limit, and all of them run', async () => {
  const tasks = createTasks(3)
  let running = 0
  let most = 0
  let done = 0
  for (let index = 0; index < 20; index++) {
    await tasks.start(async () => {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running -= 1
      done += 1
    })
  }
  await tasks.done()
  expect({ most, done }).toEqual({ most: 3, done: 20 })
})

test('the first failure stops the producer and is thrown at the end', async () => {
  const tasks = createTasks(1)
  await tasks.start(() => Promise.reject(new Error('first')))
  await expect(tasks.start(async () => {})).rejects.toThrow('first')
  await expect(tasks.done()).rejects.toThrow('first')
})
