import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRateLimiter, fullBucket, takeToken } from './token-bucket.ts'

test('never more than the burst plus what the rate has brought', () => {
  const rate = { perSecond: 20, burst: 40 }
  fc.assert(
    fc.property(fc.array(fc.nat(200), { maxLength: 300 }), (pausesMs) => {
      const bucket = fullBucket(rate, 0)
      let nowMs = 0
      let taken = 0
      for (const pauseMs of pausesMs) {
        nowMs += pauseMs
        if (takeToken(bucket, rate, nowMs)) taken += 1
        expect(taken).toBeLessThanOrEqual(rate.burst + (nowMs * rate.perSecond) / 1000)
      }
    }),
  )
})

test('a clock that is set back takes nothing away', () => {
  const rate = { perSecond: 1, burst: 2 }
  const bucket = fullBucket(rate, 10_000)
  expect([takeToken(bucket, rate, 5000), takeToken(bucket, rate, 5000), takeToken(bucket, rate, 5000)]).toEqual([true, true, false])
  expect(takeToken(bucket, rate, 6000)).toBe(true)
})

test('keys have buckets of their own, and those not asked for longest are forgotten', () => {
  const mayDo = createRateLimiter({ perSecond: 1, burst: 1 }, 2)
  expect([mayDo('a', 0), mayDo('a', 0), mayDo('b', 0)]).toEqual([true, false, true])
  expect([mayDo('a', 0), mayDo('c', 0), mayDo('a', 0), mayDo('b', 0)]).toEqual([false, true, false, true])
})
