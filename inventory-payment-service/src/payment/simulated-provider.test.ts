import { join } from 'node:path'
import { type Database, migrate } from '@order-flow/service-kit'
import { ENGINES, type TestDatabase } from '@order-flow/service-kit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSimulatedProvider } from './simulated-provider.ts'

const SLOW_MS = 60_000
const NEVER = new AbortController().signal

describe.each(ENGINES)('the simulated provider on $name', (engine) => {
  let opened: TestDatabase
  let db: Database
  let nowMs = 0
  let provider: ReturnType<typeof createSimulatedProvider>
  beforeEach(async () => {
    opened = await engine.open()
    db = opened.db
    await migrate(db, join(import.meta.dirname, '..', '..', 'migrations'))
    nowMs = Date.parse('2026-01-01T00:00:00.000Z')
    provider = open()
  })
  afterEach(() => opened.remove())

  const open = () => createSimulatedProvider({ db, slowMs: SLOW_MS, now: () => new Date(nowMs) })
  const capture = (key: string, token = 'tok_visa', by = provider) => by.capture({ key, token, amount: 500, currency: 'EUR' }, NEVER)
  const refund = (key: string, paymentKey: string, amount: number) => provider.refund({ key, paymentKey, amount }, NEVER)
  const books = () =>
    db.all<{ key: string; status: string; amount: number }>('select key, status, amount from provider_ledger order by key')

  test.each([
    ['tok_visa', { status: 'captured' }],
    ['tok_declined', { status: 'declined', code: 'declined' }],
    ['tok_insufficient_funds', { status: 'declined', code: 'insufficient_funds' }],
    ['tok_constructor', { status: 'declined', code: 'invalid_token' }],
  ])('%s: the outcome is the same however often it is asked for', async (token, outcome) => {
    expect(await provider.find('o1', NEVER)).toBeUndefined()
    expect(await capture('o1', token)).toEqual(outcome)
    expect(await capture('o1', 'tok_visa')).toEqual(outcome)
    expect(await provider.find('o1', NEVER)).toEqual(outcome)
    expect(await books()).toHaveLength(1)
  })

  test('a repeat of a key takes the money once, also at the same time', async () => {
    if (engine.shared) db = await opened.connect()
    const other = open()
    const keys = Array.from({ length: 200 }, (_key, index) => `o${index % 20}`)
    const outcomes = await Promise.all(keys.map((key, index) => capture(key, 'tok_visa', index % 3 === 0 ? other : provider)))
    expect(outcomes).toEqual(keys.map(() => ({ status: 'captured' })))
    expect(await books()).toHaveLength(20)
  })

  test('tok_timeout takes the money and does not answer; whoever asks for the key is told, also after a crash', async () => {
    await expect(capture('o1', 'tok_timeout')).rejects.toMatchObject({ code: 'unavailable' })
    await provider.stop()
    db = await opened.reopen()
    provider = open()
    expect(await provider.find('o1', NEVER)).toEqual({ status: 'captured' })
    expect(await capture('o1', 'tok_timeout')).toEqual({ status: 'captured' })
    expect(await books()).toEqual([{ key: 'o1', status: 'captured', amount: 500 }])
  })

  test('tok_timeout_declined does not answer, is at work for a while, and fails late', async () => {
    await expect(capture('o1', 'tok_timeout_declined')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await provider.find('o1', NEVER)).toEqual({ status: 'pending' })
    nowMs += SLOW_MS
    expect(await provider.find('o1', NEVER)).toEqual({ status: 'declined', code: 'declined' })
    expect(await books()).toMatchObject([{ status: 'declined' }])
  })

  test('a caller that hangs up is not told, but what it asked for happens', async () => {
    const calling = new AbortController()
    const call = provider.capture({ key: 'o1', token: 'tok_slow', amount: 500, currency: 'EUR' }, calling.signal)
    calling.abort()
    await expect(call).rejects.toMatchObject({ code: 'unavailable' })
    await provider.stop()
    expect(await provider.find('o1', NEVER)).toEqual({ status: 'pending' })
    nowMs += SLOW_MS
    expect(await capture('o1', 'tok_slow')).toEqual({ status: 'captured' })
  })

  test('money goes back once per key, and never more than was taken', async () => {
    await capture('o1')
    await capture('o2')
    await Promise.all([refund('r1', 'o1', 200), refund('r1', 'o1', 200), refund('r2', 'o1', 300), refund('r3', 'o2', 500)])
    const refused = await Promise.allSettled([refund('r4', 'o1', 1), refund('r5', 'o2', 1), refund('r1', 'o1', 200)])
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
    expect((await books()).filter(({ status }) => status === 'refunded')).toEqual([
      { key: 'r1', status: 'refunded', amount: 200 },
      { key: 'r2', status: 'refunded', amount: 300 },
      { key: 'r3', status: 'refunded', amount: 500 },
    ])
  })

  test('money that was not taken cannot go back', async () => {
    await capture('o1', 'tok_declined')
    await expect(refund('r1', 'o1', 1)).rejects.toThrow('There is no payment o1')
    await expect(refund('r2', 'o2', 1)).rejects.toThrow('There is no payment o2')
  })
})
