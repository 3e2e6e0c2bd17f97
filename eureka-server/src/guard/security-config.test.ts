import { checkConfig } from '@order-flow/service-kit'
import { expect, test } from 'vitest'
import { SecurityConfig } from './security-config.ts'

const check = (tree: Record<string, unknown>) => checkConfig(SecurityConfig, tree, () => 'a.yml')

test.each([
  [undefined, 'auto'],
  ['auto', 'auto'],
  [true, true],
  ['true', true],
  [false, false],
  ['false', false],
])('enabled: %s is %s', (given, enabled) => {
  expect(check(given === undefined ? {} : { enabled: given })).toMatchObject({ enabled, accounts: [], failuresPerMinute: 10 })
})

test.each(['yes', 'off', '', 2])('enabled: %s is refused', (enabled) => {
  expect(() => check({ enabled })).toThrow(/enabled/)
})

test('a right that names no applications holds for all', () => {
  expect(check({ accounts: [{ name: 'a', password: 1234, may: [{ action: 'read' }] }] }).accounts).toEqual([
    { name: 'a', password: '1234', token: '', may: [{ action: 'read', applications: ['*'] }] },
  ])
})

test('a misspelt member is refused, as it would give more than was meant; nothing that is shown could be a password', () => {
  const refused = (account: unknown) => () => check({ accounts: [account] })
  expect(refused({ name: 'a', may: [{ action: 'read', aplications: ['ORDERS'] }] })).toThrow(/"aplications"/)
  expect(refused({ name: 'a', may: [{ action: 'reed' }] })).toThrow(/accounts\.0\.may\.0\.action/)
  for (const account of [{ pasword: 'hidden' }, { password: ['hidden'] }, [{ password: 'hidden' }], { password: 'hidden', may: [{}] }]) {
    expect(refused(account)).toThrow(/not valid/)
    expect(refused(account)).not.toThrow(/hidden/)
  }
})
