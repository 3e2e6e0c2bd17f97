import { ProblemError } from '@order-flow/client'
import { expect, test } from 'vitest'
import { type Attempt, pendingAttempt, settleAttempt } from './attempt.ts'

function aStore() {
  const kept = new Map<string, string>()
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  }
}

const anAttempt: Attempt = {
  key: 'k1',
  accountId: 'a1',
  body: { lines: [{ sku: 'MUG', quantity: 1 }], payment: { method: 'card', token: 'tok_visa' } },
}

const answered = (status: number) => () => Promise.reject(new ProblemError({ type: 'urn:x', title: 'No', status }))

test('an attempt is kept before it is sent and forgotten once it is answered', async () => {
  const store = aStore()
  let keptWhileSending: Attempt | undefined
  await settleAttempt(store, anAttempt, async () => {
    keptWhileSending = pendingAttempt(store, 'a1')
  })
  expect(keptWhileSending).toEqual(anAttempt)
  expect(pendingAttempt(store, 'a1')).toBeUndefined()
})

test('an attempt without an answer stays, to be sent again under its key', async () => {
  const store = aStore()
  await expect(settleAttempt(store, anAttempt, answered(0))).rejects.toThrow()
  await expect(settleAttempt(store, anAttempt, answered(503))).rejects.toThrow()
  expect(pendingAttempt(store, 'a1')?.key).toBe('k1')
})

test('a refusal is an answer', async () => {
  const store = aStore()
  await expect(settleAttempt(store, anAttempt, answered(422))).rejects.toThrow()
  expect(pendingAttempt(store, 'a1')).toBeUndefined()
})

test("another account does not see one's attempt, nor is damaged text one", () => {
  const store = aStore()
  store.setItem('order-flow.checkout', JSON.stringify(anAttempt))
  expect(pendingAttempt(store, 'a2')).toBeUndefined()
  store.setItem('order-flow.checkout', '{"key":')
  expect(pendingAttempt(store, 'a1')).toBeUndefined()
})
