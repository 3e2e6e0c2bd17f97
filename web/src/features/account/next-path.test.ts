import { expect, test } from 'vitest'
import { nextPath } from './next-path.ts'

const aCustomer = { id: 'a1', email: null, name: 'A', roles: ['customer' as const] }

test('signing in leads on to a page of the shop and never to another site', () => {
  expect(nextPath('/checkout', aCustomer)).toBe('/checkout')
  expect(['//evil.example', '/\\evil.example', 'https://evil.example', null].map((next) => nextPath(next, aCustomer))).toEqual([
    '/',
    '/',
    '/',
    '/',
  ])
})

test('an agent is led to the support desk', () => {
  expect(nextPath(null, { ...aCustomer, roles: ['agent'] })).toBe('/support')
})
