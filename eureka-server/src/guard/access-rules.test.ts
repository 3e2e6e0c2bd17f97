import { expect, test } from 'vitest'
import { ACTIONS, ALL_RIGHTS, rightsOf } from './access-rules.ts'

test('a right holds for the applications it names, in any case', () => {
  const rights = rightsOf([{ action: 'register', applications: ['Orders', 'PAY-*'] }])
  for (const app of ['ORDERS', 'orders', 'PAY-', 'pay-cards']) expect(rights.may('register', app), app).toBe(true)
  for (const app of ['ORDERS2', 'ORDER', 'PAY', 'XPAY-CARDS', '']) expect(rights.may('register', app), app).toBe(false)
})

test('no right follows from another', () => {
  for (const action of ACTIONS) {
    const rights = rightsOf([{ action, applications: ['*'] }])
    expect(ACTIONS.filter((other) => rights.may(other, 'ORDERS'))).toEqual([action])
    expect(ACTIONS.filter(rights.maySomewhere)).toEqual([action])
  }
})

test('rights of one action add up', () => {
  const rights = rightsOf([
    { action: 'read', applications: ['A'] },
    { action: 'read', applications: ['B'] },
  ])
  expect(['A', 'B', 'C'].map((app) => rights.may('read', app))).toEqual([true, true, false])
})

test('without permissions nothing is allowed, with all of them everything', () => {
  expect(rightsOf([]).maySomewhere('read')).toBe(false)
  expect(rightsOf([{ action: 'read', applications: [] }]).maySomewhere('read')).toBe(false)
  expect(rightsOf([]).readable?.includes('ORDERS')).toBe(false)
  for (const action of ACTIONS) expect(ALL_RIGHTS.may(action, 'ANY')).toBe(true)
  expect(ALL_RIGHTS.readable).toBeUndefined()
})

test('the same applications are the same scope, however they are written', () => {
  const keyOf = (...applications: string[]) => rightsOf([{ action: 'read', applications }]).readable?.key
  expect(keyOf('b', 'A')).toBe(keyOf('A', 'B', 'a'))
  expect(keyOf('A')).not.toBe(keyOf('A*'))
  expect(keyOf('A', '*')).toBeUndefined()
})

test.each(['', '*-TEST', 'A*B', '**'])('"%s" is no pattern', (pattern) => {
  expect(() => rightsOf([{ action: 'read', applications: [pattern] }])).toThrow(/names no applications/)
})
