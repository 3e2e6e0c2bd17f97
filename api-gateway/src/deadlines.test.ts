import { expect, onTestFinished, test, vi } from 'vitest'
import { createDeadlines, createWait } from './deadlines.ts'

function startDeadlines() {
  vi.useFakeTimers()
  const deadlines = createDeadlines(50)
  onTestFinished(() => {
    deadlines.close()
    vi.useRealTimers()
  })
  return deadlines
}

function aWait() {
  const onExpired = vi.fn()
  return { ...createWait(onExpired), onExpired }
}

test('a wait ends not before its time and at most two ticks after it', () => {
  const deadlines = startDeadlines()
  const wait = aWait()
  deadlines.set(wait, 1000)
  vi.advanceTimersByTime(1000)
  expect(wait.onExpired).not.toHaveBeenCalled()
  vi.advanceTimersByTime(100)
  expect(wait.onExpired).toHaveBeenCalledOnce()
})

test('a wait that is cleared or set anew does not end at its old time', () => {
  const deadlines = startDeadlines()
  const [cleared, renewed] = [aWait(), aWait()]
  deadlines.set(cleared, 200)
  deadlines.set(renewed, 200)
  vi.advanceTimersByTime(150)
  deadlines.clear(cleared)
  deadlines.set(renewed, 500)
  vi.advanceTimersByTime(400)
  expect(cleared.onExpired).not.toHaveBeenCalled()
  expect(renewed.onExpired).not.toHaveBeenCalled()
  vi.advanceTimersByTime(300)
  expect(renewed.onExpired).toHaveBeenCalledOnce()
})

test('nothing ticks while nothing waits', () => {
  const deadlines = startDeadlines()
  const wait = aWait()
  deadlines.set(wait, 100)
  vi.advanceTimersByTime(400)
  expect(vi.getTimerCount()).toBe(0)
  deadlines.set(wait, 100)
  expect(vi.getTimerCount()).toBe(1)
})

test('a timeout of 0 means none', () => {
  const deadlines = startDeadlines()
  const wait = aWait()
  deadlines.set(wait, 0)
  vi.advanceTimersByTime(100_000)
  expect(wait.onExpired).not.toHaveBeenCalled()
})

test('any mix of waits ends each one that was not cleared, once and in time', () => {
  const deadlines = startDeadlines()
  const rules = Array.from({ length: 500 }, (_, index) => ({
    wait: aWait(),
    timeoutMs: 1 + ((index * 7919) % 120_000),
    isCleared: index % 3 === 0,
  }))
  for (const { wait, timeoutMs } of rules) deadlines.set(wait, timeoutMs)
  for (const { wait, isCleared } of rules) if (isCleared) deadlines.clear(wait)
  vi.advanceTimersByTime(60_000)
  for (const { wait, timeoutMs, isCleared } of rules) {
    if (isCleared || timeoutMs > 60_000) expect(wait.onExpired).not.toHaveBeenCalled()
    else if (timeoutMs < 59_900) expect(wait.onExpired).toHaveBeenCalledOnce()
  }
  vi.advanceTimersByTime(61_000)
  for (const { wait, isCleared } of rules) expect(wait.onExpired).toHaveBeenCalledTimes(isCleared ? 0 : 1)
})
