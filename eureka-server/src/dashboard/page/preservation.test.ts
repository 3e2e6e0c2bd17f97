import { expect, test } from 'vitest'
import { createWords } from './language.js'
import { explain, kindOf, type Numbers } from './preservation.js'

const NOON = new Date(2026, 0, 5, 12).getTime()
const english = createWords('en')

test.each<[string, Partial<Numbers>, string]>([
  ['off', { isEnabled: false }, 'Self-preservation is switched off.'],
  ['empty', { registered: 0, heard: 0, expected: 0 }, 'No instance is registered yet.'],
  ['well', {}, 'All 20 registered instances are heard. Up to 3 of them may fall silent at once'],
  ['well', { registered: 1, heard: 1, expected: 1, tolerated: 1 }, 'The only registered instance is heard.'],
  ['silent', { heard: 18 }, '2 of 20 instances are not heard any more. They are removed when their leases end. Should more than 3'],
  [
    'active',
    { heard: 16, isActive: true, sinceMs: NOON },
    'Active since 12:00:00: only 16 of 20 instances are heard. 4 fell silent at once where at most 3 may',
  ],
  ['deaf', { heard: 0, isActive: true, sinceMs: NOON }, 'Active since 12:00:00: not one of 20 instances is heard any more.'],
])('%s with %o is explained', (kind, changes, beginning) => {
  const numbers = { ...WELL, ...changes }
  expect(kindOf(numbers)).toBe(kind)
  expect(explain(numbers, english, NOON).slice(0, beginning.length)).toBe(beginning)
})

test('it is told what ends it', () => {
  const active = { ...WELL, heard: 16, isActive: true, sinceMs: NOON }
  expect(explain(active, english, NOON)).toMatch(
    /It ends when 17 are heard again\. At 12:15:00 at the latest, the silent ones are given up\.$/,
  )
  expect(explain({ ...active, heard: 0 }, english, NOON)).toMatch(/however long it lasts\. It ends when 17 are heard again\.$/)
})

test('the margin counts those that have just been evicted', () => {
  expect(explain({ ...WELL, registered: 18, heard: 18 }, english, NOON)).toContain('One of them may fall silent')
})

const WELL: Numbers = {
  isEnabled: true,
  isActive: false,
  sinceMs: undefined,
  registered: 20,
  heard: 20,
  expected: 20,
  tolerated: 3,
  maxMs: 15 * 60_000,
}
