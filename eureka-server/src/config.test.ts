import { checkConfig } from '@order-flow/service-kit'
import { expect, test } from 'vitest'
import { Config, timingOf } from './config.ts'

function settingsOf(server: Record<string, unknown>) {
  return checkConfig(Config, { eureka: { server } }, () => 'a test').eureka.server
}

test('by default changes are seen at once and ended leases within a second', () => {
  expect(timingOf(settingsOf({}))).toEqual({ evictionIntervalMs: 1000, responseCacheMs: 0 })
})

test('compatibility with Netflix’s server brings back its times, and each can still be set', () => {
  expect(timingOf(settingsOf({ compatibility: 'netflix' }))).toEqual({ evictionIntervalMs: 60_000, responseCacheMs: 30_000 })
  expect(timingOf(settingsOf({ compatibility: 'netflix', evictionIntervalTimerInMs: 500 }))).toMatchObject({ evictionIntervalMs: 500 })
})

test('another compatibility is refused', () => {
  expect(() => settingsOf({ compatibility: 'consul' })).toThrow('eureka.server.compatibility')
})
