import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { migrate, migrateScripts } from '@order-flow/service-kit'
import { ENGINES } from '@order-flow/service-kit/testing'
import { describe, expect, test } from 'vitest'
import { createSimulatedProvider } from '../src/payment/simulated-provider.ts'

const FOLDER = join(import.meta.dirname, '..', 'migrations')
const FIRST = '001-stock-and-payments.sql'
const AT = '2026-01-01T00:00:00.000Z'

const checkout = (orderId: string, status: string, refunded = 0) => ({
  order_id: orderId,
  status,
  payment_id: `p-${orderId}`,
  amount: 500,
  currency: 'EUR',
  refunded,
  token: null,
  attempts: 0,
  due_at: null,
  cause: '{}',
  updated_at: AT,
  units: '{}',
})
const refund = (id: string, orderId: string, amount: number, refundedAt: string | null) => ({
  id,
  order_id: orderId,
  payment_id: `p-${orderId}`,
  amount,
  reverses: 0,
  attempts: 0,
  due_at: refundedAt === null ? AT : null,
  cause: '{}',
  refunded_at: refundedAt,
})

describe.each(ENGINES)('data of an earlier version on $name', (engine) => {
  test('gets the books that its payments would have left, and what is still to go back can', async () => {
    const { db, remove } = await engine.open()
    await migrateScripts(db, [{ name: FIRST, sql: readFileSync(join(FOLDER, FIRST), 'utf8') }])
    await db.transaction(async (tx) => {
      await tx.insert('checkouts', [
        checkout('paid', 'paid', 200),
        checkout('refunding', 'refunding', 500),
        checkout('cancelled', 'reversed', 500),
        checkout('never-paid', 'reversed'),
        checkout('declined', 'declined'),
        checkout('under-way', 'reserved'),
        { ...checkout('free', 'paid'), amount: 0 },
      ])
      await tx.insert('refunds', [
        refund('r1', 'paid', 200, AT),
        refund('cancel-refunding', 'refunding', 500, null),
        refund('cancel-cancelled', 'cancelled', 500, AT),
      ])
    })
    await migrate(db, FOLDER)
    const books = () => db.all('select key, kind, payment_key, amount, status from provider_ledger order by key')
    const charge = (key: string) => ({ key, kind: 'charge', payment_key: key, amount: 500, status: 'captured' })
    expect(await books()).toEqual([
      { key: 'cancel-cancelled', kind: 'refund', payment_key: 'cancelled', amount: 500, status: 'refunded' },
      charge('cancelled'),
      charge('paid'),
      { key: 'r1', kind: 'refund', payment_key: 'paid', amount: 200, status: 'refunded' },
      charge('refunding'),
    ])
    const provider = createSimulatedProvider({ db, slowMs: 0 })
    const { signal } = new AbortController()
    await provider.refund({ key: 'cancel-refunding', paymentKey: 'refunding', amount: 500 }, signal)
    expect(await provider.capture({ key: 'paid', token: 'tok_visa', amount: 500, currency: 'EUR' }, signal)).toEqual({ status: 'captured' })
    expect(await books()).toHaveLength(6)
    await remove()
  })
})
