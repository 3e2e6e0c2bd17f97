import { expect, test } from 'vitest'
import { createSightings } from './sightings.ts'

const listed = (instanceId: string, actionType: string) => [{ name: 'A', instance: [{ instanceId, actionType, status: 'UP' }] }]

test('the first time that an instance is listed with an action counts', () => {
  const sightings = createSightings()
  sightings.see(listed('a', 'ADDED'), 100)
  sightings.see(listed('a', 'ADDED'), 200)
  sightings.see(listed('a', 'DELETED'), 300)
  const moments = new Map([['a', 90]])
  expect(sightings.after('ADDED', moments)).toMatchObject({ ms: { count: 1, p50: expect.closeTo(10, 1) }, missed: 0 })
  expect(sightings.after('DELETED', moments)).toMatchObject({ ms: { count: 1, p50: expect.closeTo(210, 1) }, missed: 0 })
})

test('what was never listed is missed', () => {
  const sightings = createSightings()
  sightings.see(listed('a', 'ADDED'), 100)
  expect([sightings.hasAll('ADDED', ['a']), sightings.hasAll('ADDED', ['a', 'b'])]).toEqual([true, false])
  const moments = new Map([
    ['a', 100],
    ['b', 100],
  ])
  expect(sightings.after('ADDED', moments).missed).toBe(1)
})
