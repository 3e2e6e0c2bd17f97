import { expect, test } from 'vitest'
import { createSteadiness } from './steadiness.ts'

test('a figure is steady when it twice no longer grows beyond the best before', () => {
  const isSteady = createSteadiness(0.05)
  expect([100, 200, 260, 240, 270, 300].map(isSteady)).toEqual([false, false, false, false, true, false])
})

test('a figure that is not known (0) never becomes steady', () => {
  const isSteady = createSteadiness(0.05)
  expect([0, 0, 0].map(isSteady)).toEqual([false, false, false])
})
