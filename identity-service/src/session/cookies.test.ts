import { expect, test } from 'vitest'
import { clearedCookies, readCookie, sessionCookies } from './cookies.ts'

const values = { accessToken: 'a.b.c', accessSeconds: 900, refreshToken: 's.t', refreshSeconds: 100 }

test('cookies are out of reach for scripts and other sites, and the refresh token goes only where it is used', () => {
  expect(sessionCookies(values, false)).toEqual([
    'of_access=a.b.c; Path=/; Max-Age=900; HttpOnly; SameSite=Strict',
    'of_refresh=s.t; Path=/api/auth; Max-Age=100; HttpOnly; SameSite=Strict',
  ])
})

test('cookies are secure where the configuration says so', () => {
  for (const line of [...sessionCookies(values, true), ...clearedCookies(true)]) expect(line).toMatch(/; Secure$/)
})

test('cleared cookies end at once, on the same paths', () => {
  expect(clearedCookies(false)).toEqual([
    'of_access=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict',
    'of_refresh=; Path=/api/auth; Max-Age=0; HttpOnly; SameSite=Strict',
  ])
})

test('a cookie is found among others by its whole name', () => {
  expect(readCookie('xof_refresh=no; of_refresh=s.t;of_access=a', 'of_refresh')).toBe('s.t')
  expect(readCookie('xof_refresh=no; of_refresh', 'of_refresh')).toBeUndefined()
  expect(readCookie(undefined, 'of_refresh')).toBeUndefined()
})
