import { expect, test } from 'vitest'
import { profileExpressionHolds } from './profile-expression.ts'

const active = new Set(['dev', 'db'])

test.each([
  ['dev', true],
  ['prod', false],
  ['!prod', true],
  ['dev & db', true],
  ['dev & prod', false],
  ['prod | db', true],
  ['(prod | dev) & !test', true],
  ['!(dev & db)', false],
  ['!!dev', true],
])('%s holds: %s', (expression, holds) => {
  expect(profileExpressionHolds(expression, active)).toBe(holds)
})

test.each(['', 'a & b | c', '(a', 'a)', '& a', 'a b', '!'])('"%s" is no expression', (expression) => {
  expect(() => profileExpressionHolds(expression, active)).toThrow('not a profile expression')
})
