import { expect, test } from 'vitest'
import { createRefreshToken, hashToken, sessionIdOf, successorOf } from './refresh-token.ts'

test('a token names its session, and so does its successor', () => {
  const { token, sessionId, successorKey } = createRefreshToken()
  expect(sessionIdOf(token)).toBe(sessionId)
  expect(sessionIdOf(successorOf(token, successorKey))).toBe(sessionId)
})

test('a token has one successor, which only the session’s key can make', () => {
  const { token, successorKey } = createRefreshToken()
  expect(successorOf(token, successorKey)).toBe(successorOf(token, successorKey))
  expect(successorOf(token, 'other key')).not.toBe(successorOf(token, successorKey))
})

test.each(['', 'x', 'a.b', `${'a'.repeat(22)}.${'b'.repeat(42)}`, `${'a'.repeat(22)}.${'b'.repeat(43)}\n`])('%j is no token', (text) => {
  expect(sessionIdOf(text)).toBeUndefined()
})

test('the stored hash is SHA-256', () => {
  expect(hashToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
