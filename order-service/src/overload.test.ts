import { createMetrics } from '@order-flow/service-kit'
import { expect, test } from 'vitest'
import { createOverload } from './overload.ts'

function anOverload() {
  const clock = { ms: 1_000_000, outboxAgeMs: 0 }
  const overload = createOverload({
    outbox: { ageMs: () => clock.outboxAgeMs },
    config: { maxOutboxAgeSeconds: 60, maxDecisionSeconds: 5 },
    metrics: createMetrics('test'),
    now: () => clock.ms,
  })
  return { clock, overload }
}

const times = (count: number, atMs: number) => Array.from({ length: count }, () => atMs)

test('an outbox older than the limit refuses new orders and says when to come back', () => {
  const { clock, overload } = anOverload()
  clock.outboxAgeMs = 60_000
  expect(() => overload.check()).not.toThrow()
  clock.outboxAgeMs = 61_000
  expect(() => overload.check()).toThrow(
    expect.objectContaining({ code: 'unavailable', problem: 'overloaded', facts: { retryAfterSeconds: 10 } }),
  )
})

test('new orders are refused while most outcomes come late, and taken again once they come in time', () => {
  const { clock, overload } = anOverload()
  overload.decided(times(50, clock.ms - 6000))
  expect(() => overload.check()).toThrow('Orders wait 6 s for their outcome; try again shortly.')
  overload.decided(times(60, clock.ms - 100))
  clock.ms += 51
  expect(() => overload.check()).not.toThrow()
})

test('a few late outcomes, and late ones of some time ago, refuse nothing', () => {
  const { clock, overload } = anOverload()
  overload.decided(times(19, clock.ms - 3_600_000))
  expect(() => overload.check()).not.toThrow()
  overload.decided(times(100, clock.ms - 6000))
  clock.ms += 2001
  expect(() => overload.check()).not.toThrow()
})
