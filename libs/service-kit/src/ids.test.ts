import { expect, test } from 'vitest'
import { newId, smallestIdAt, timeOfId } from './ids.ts'

test('ids are UUIDv7 and rise strictly, also within a millisecond', () => {
  const ids = Array.from({ length: 100_000 }, newId)
  expect(ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? ''))).toBe(true)
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(ids.map((id) => id.slice(-12))).size).toBe(ids.length)
})

test('the smallest id of a time lies between the ids made before and after it', () => {
  const before = newId()
  const now = Date.now()
  expect(before < smallestIdAt(new Date(now + 1))).toBe(true)
  expect(newId() > smallestIdAt(new Date(now - 1))).toBe(true)
})

test('an id tells when it was made', () => {
  const before = Date.now()
  const madeAt = timeOfId(newId())
  expect(madeAt).toBeGreaterThanOrEqual(before)
  expect(madeAt).toBeLessThanOrEqual(Date.now())
  expect(timeOfId(smallestIdAt(new Date(1234567890123)))).toBe(1234567890123)
})
