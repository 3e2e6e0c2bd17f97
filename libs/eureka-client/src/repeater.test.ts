import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRepeater } from './repeater.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('the task runs again after the pause it asked for', async () => {
  const task = vi.fn(async () => 1000)
  const repeater = createRepeater(task, 5000)
  await repeater.run()
  await vi.advanceTimersByTimeAsync(899)
  expect(task).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(101)
  expect(task).toHaveBeenCalledTimes(2)
  await repeater.stop()
})

test('calls at the same time share one run', async () => {
  const task = vi.fn(async () => 1000)
  const repeater = createRepeater(task, 5000)
  await Promise.all([repeater.run(), repeater.run()])
  expect(task).toHaveBeenCalledTimes(1)
  await repeater.stop()
})

test('stopping waits for the run under way and nothing runs afterwards', async () => {
  let isOver = false
  const task = vi.fn(async () => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    isOver = true
    return 1000
  })
  const repeater = createRepeater(task, 5000)
  void repeater.run()
  const stopped = repeater.stop().then(() => isOver)
  await vi.advanceTimersByTimeAsync(50)
  expect(await stopped).toBe(true)
  await repeater.run()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(task).toHaveBeenCalledTimes(1)
  expect(vi.getTimerCount()).toBe(0)
})
