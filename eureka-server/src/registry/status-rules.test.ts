import { expect, test } from 'vitest'
import { effectiveStatus } from './status-rules.ts'

test.each([
  ['DOWN', 'OUT_OF_SERVICE', 'UP', 'client', 'DOWN'],
  ['STARTING', 'UNKNOWN', 'OUT_OF_SERVICE', 'client', 'STARTING'],
  ['UP', 'OUT_OF_SERVICE', 'UP', 'client', 'OUT_OF_SERVICE'],
  ['UP', 'UNKNOWN', 'OUT_OF_SERVICE', 'client', 'OUT_OF_SERVICE'],
  ['UP', 'UNKNOWN', 'OUT_OF_SERVICE', 'peer', 'UP'],
  ['OUT_OF_SERVICE', 'UNKNOWN', 'UP', 'client', 'UP'],
  ['UP', 'UNKNOWN', 'DOWN', 'client', 'UP'],
  ['UP', 'UNKNOWN', 'UNKNOWN', 'client', 'UP'],
  ['UP', 'UNKNOWN', undefined, 'client', 'UP'],
] as const)('sent %s, overridden %s, known %s, from a %s: %s counts', (sent, overridden, known, origin, expected) => {
  expect(effectiveStatus(sent, { overridden, known, origin })).toBe(expected)
})
