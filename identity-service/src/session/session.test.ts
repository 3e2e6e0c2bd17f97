import { expect, test } from 'vitest'
import { judgeRefresh, type StoredSession } from './session.ts'

const rotatedAt = '2026-01-01T00:00:00.000Z'

function aSession(facts: Partial<StoredSession> = {}): StoredSession {
  return {
    id: 's',
    accountId: 'a',
    currentHash: 'current',
    previousHash: 'previous',
    rotatedAt,
    successorKey: 'key',
    createdAt: rotatedAt,
    expiresAt: '2026-01-31T00:00:00.000Z',
    ...facts,
  }
}

const after = (ms: number) => ({ now: new Date(Date.parse(rotatedAt) + ms), graceMs: 10_000 })

test('the current token rotates', () => {
  expect(judgeRefresh(aSession(), 'current', after(20_000))).toBe('rotate')
})

test('the token before it repeats within the grace and counts as stolen after it', () => {
  expect(judgeRefresh(aSession(), 'previous', after(10_000))).toBe('repeat')
  expect(judgeRefresh(aSession(), 'previous', after(10_001))).toBe('reused')
})

test('any other token of the session counts as stolen', () => {
  expect(judgeRefresh(aSession(), 'older', after(0))).toBe('reused')
  expect(judgeRefresh(aSession({ previousHash: null, rotatedAt: null }), 'older', after(0))).toBe('reused')
})

test('an expired session takes no token', () => {
  expect(judgeRefresh(aSession(), 'current', { now: new Date('2026-01-31T00:00:00.000Z'), graceMs: 0 })).toBe('expired')
})
