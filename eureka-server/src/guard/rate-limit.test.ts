import { beforeEach, expect, test } from 'vitest'
import { createRateLimit } from './rate-limit.ts'

let nowMs: number
const now = () => nowMs
beforeEach(() => {
  nowMs = 1_000_000
})

test('a burst passes, then as many as come back', () => {
  const limit = createRateLimit({ perSecond: 2, burst: 3, now })
  expect([1, 2, 3, 4].map(() => limit.take('a'))).toEqual([0, 0, 0, 1])
  nowMs += 500
  expect([limit.take('a'), limit.take('a')]).toEqual([0, 1])
  nowMs += 3_600_000
  expect([1, 2, 3, 4].map(() => limit.take('a'))).toEqual([0, 0, 0, 1])
})

test('it says when to come again', () => {
  const limit = createRateLimit({ perSecond: 10 / 60, burst: 1, now })
  expect(limit.take('a')).toBe(0)
  expect(limit.take('a')).toBe(6)
  nowMs += 4500
  expect(limit.waitSecs('a')).toBe(2)
  nowMs += 1500
  expect([limit.waitSecs('a'), limit.take('a')]).toEqual([0, 0])
})

test('clients do not disturb each other', () => {
  const limit = createRateLimit({ perSecond: 1, burst: 1, now })
  expect([limit.take('a'), limit.take('a'), limit.take('b')]).toEqual([0, 1, 0])
})

test('what is given back can be taken again, but never more than the burst', () => {
  const limit = createRateLimit({ perSecond: 1, burst: 1, now })
  limit.take('a')
  limit.giveBack('a')
  limit.giveBack('a')
  expect([limit.take('a'), limit.take('a')]).toEqual([0, 1])
})

test('a clock that goes back gives nothing and takes nothing', () => {
  const limit = createRateLimit({ perSecond: 1, burst: 1, now })
  limit.take('a')
  nowMs -= 60_000
  expect(limit.take('a')).toBe(1)
  nowMs += 1000
  expect(limit.take('a')).toBe(0)
})

test('only so many clients are remembered, those seen last', () => {
  const limit = createRateLimit({ perSecond: 0.001, burst: 1, maxClients: 2, now })
  for (const client of ['a', 'b', 'a', 'c']) limit.take(client)
  expect(limit.waitSecs('a')).toBeGreaterThan(0)
  expect(limit.waitSecs('b')).toBe(0)
})

test('0 a second limits nothing', () => {
  const limit = createRateLimit({ perSecond: 0, burst: 0, now })
  expect([limit.take('a'), limit.take('a'), limit.waitSecs('a')]).toEqual([0, 0, 0])
})
