import { expect, test } from 'vitest'
import { cookieValue, withoutCookies } from './cookies.ts'

test('a cookie is found by its whole name', () => {
  expect(cookieValue('a=1; of_access=token.x=y; b=2', 'of_access')).toBe('token.x=y')
  expect(cookieValue('not_of_access=1; of_access2=2', 'of_access')).toBeUndefined()
  expect(cookieValue(undefined, 'of_access')).toBeUndefined()
})

test('our cookies are taken out and others stay as they are', () => {
  expect(withoutCookies('a=1; of_access=x; of_refresh=y; b="2; 3"', ['of_access', 'of_refresh'])).toBe('a=1; b="2; 3"')
  expect(withoutCookies('of_access=x', ['of_access'])).toBeUndefined()
  expect(withoutCookies('of_access=x;of_refresh=y', ['of_access'])).toBe('of_refresh=y')
  expect(withoutCookies('a=1', ['of_access'])).toBe('a=1')
})
