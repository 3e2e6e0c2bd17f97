import type { OrderLine, OrderStatus } from '@order-flow/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { change, type Happening, type Order, TERMINAL, TRANSITIONS } from './order.ts'

const LINES: OrderLine[] = [
  { lineNumber: 1, sku: 'A', name: 'A', quantity: 3, unitPrice: 500, lineTotal: 1500 },
  { lineNumber: 2, sku: 'B', name: 'B', quantity: 1, unitPrice: 0, lineTotal: 0 },
]

function aPlacedOrder(): Order {
  const at = '2026-01-01T00:00:00.000Z'
  return {
    id: 'o1',
    number: 'N',
    customerId: 'c1',
    status: 'placed',
    version: 1,
    currency: 'EUR',
    totals: { items: 1500, total: 1500 },
    lineCount: 2,
    returned: {},
    refunded: 0,
    attention: null,
    placedAt: at,
    updatedAt: at,
  }
}

function after(order: Order, ...happenings: Happening[]): Order {
  return happenings.reduce((current, happening) => {
    const outcome = change(current, happening, { at: 'later', lines: LINES })
    if (outcome.kind === 'conflict') throw new Error(outcome.message)
    return outcome.kind === 'changed' ? outcome.order : current
  }, order)
}

describe('the life of an order', () => {
  test('captured money confirms it', () => {
    expect(after(aPlacedOrder(), { type: 'payment.captured', paymentId: 'p1' })).toMatchObject({
      status: 'confirmed',
      paymentId: 'p1',
      version: 2,
    })
  })

  test('missing stock rejects it and says what is short', () => {
    const rejected = after(aPlacedOrder(), { type: 'stock.rejected', short: [{ sku: 'A', wanted: 3, available: 2 }] })
    expect(rejected).toMatchObject({ status: 'rejected', reason: 'out_of_stock', detail: 'Not enough stock: A (3 wanted, 2 available).' })
  })

  test('a declined payment rejects it', () => {
    expect(after(aPlacedOrder(), { type: 'payment.declined', code: 'insufficient_funds' })).toMatchObject({
      status: 'rejected',
      reason: 'payment_declined',
    })
  })

  test('a cancelled order waits for stock and money to be back, whatever was still on its way', () => {
    const cancelling = after(aPlacedOrder(), { type: 'cancel', by: 'c1', reason: null }, { type: 'payment.captured', paymentId: 'p1' })
    expect(cancelling).toMatchObject({ status: 'cancelling', version: 2 })
    expect(after(cancelling, { type: 'checkout.reversed', refunded: 1500 })).toMatchObject({
      status: 'cancelled',
      refunded: 1500,
      version: 3,
    })
  })

  test('a second cancellation changes nothing', () => {
    const cancelling = after(aPlacedOrder(), { type: 'cancel', by: 'c1', reason: null })
    expect(change(cancelling, { type: 'cancel', by: 'c1', reason: null }, { at: 'later' })).toEqual({ kind: 'ignored' })
  })

  test('no more can be returned than was bought', () => {
    const confirmed = after(aPlacedOrder(), { type: 'payment.captured', paymentId: 'p1' })
    const give = (quantity: number): Happening => ({ type: 'return', returnId: 'r', reason: 'x', lines: [{ lineNumber: 1, quantity }] })
    const once = after(confirmed, give(2))
    expect(once.returned).toEqual({ 1: 2 })
    expect(change(once, give(2), { at: 'later', lines: LINES })).toMatchObject({ kind: 'conflict' })
  })

  test('an order that waits too long says for what and since when, until it goes on', () => {
    const waiting = after(aPlacedOrder(), { type: 'deadline.passed' })
    expect(waiting.attention).toEqual({
      reason: 'Waiting for stock and payment since 2026-01-01T00:00:00.000Z.',
      since: '2026-01-01T00:00:00.000Z',
    })
    expect(after(waiting, { type: 'payment.captured', paymentId: 'p1' }).attention).toBeNull()
  })
})

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.constant<Happening>({ type: 'stock.rejected', short: [{ sku: 'A', wanted: 3, available: 0 }] }),
  fc.constant<Happening>({ type: 'payment.captured', paymentId: 'p1' }),
  fc.constant<Happening>({ type: 'payment.declined', code: 'declined' }),
  fc.constant<Happening>({ type: 'cancel', by: 'c1', reason: null }),
  fc.constant<Happening>({ type: 'deadline.passed' }),
  fc.integer({ min: 0, max: 1500 }).map((refunded): Happening => ({ type: 'checkout.reversed', refunded })),
  fc.integer({ min: 0, max: 1500 }).map((amount): Happening => ({ type: 'payment.refunded', returnId: 'r', amount })),
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }))
    .map(([lineNumber, quantity]): Happening => ({ type: 'return', returnId: 'r', reason: 'x', lines: [{ lineNumber, quantity }] })),
)

// The allowed steps, written out a second time and by hand, so that a slip in the table is seen.
const ALLOWED_STEPS: Record<OrderStatus, OrderStatus[]> = {
  placed: ['placed', 'confirmed', 'rejected', 'cancelling'],
  confirmed: ['confirmed', 'cancelling'],
  cancelling: ['cancelling', 'cancelled'],
  rejected: [],
  cancelled: ['cancelled'],
}

test('no sequence of 100,000 takes an order along an illegal path, skips a version or revives an ended one', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 12 }), (happenings) => {
      let order = Object.freeze(aPlacedOrder())
      for (const next of happenings) {
        const outcome = change(order, next, { at: 'later', lines: LINES })
        if (outcome.kind !== 'changed') continue
        // Plain comparisons: a matcher for each of a million steps would take minutes.
        const fault = faultOf(order, outcome)
        if (fault) throw new Error(`${fault}: ${JSON.stringify({ order, next, outcome })}`)
        order = Object.freeze(outcome.order)
      }
    }),
    { numRuns: 100_000 },
  )
}, 120_000)

function faultOf(order: Order, { order: next, event }: Extract<ReturnType<typeof change>, { kind: 'changed' }>): string | undefined {
  if (!ALLOWED_STEPS[order.status].includes(next.status)) return `illegal step from ${order.status} to ${next.status}`
  if (next.version !== order.version + 1) return 'a version is skipped or repeated'
  if (event.data.version !== next.version || event.data.status !== next.status || event.data.orderId !== next.id)
    return 'the event tells something else'
  for (const { lineNumber, quantity } of LINES) {
    if ((next.returned[lineNumber] ?? 0) > quantity) return 'more is returned than was bought'
  }
  return undefined
}

test('an order that has ended stays as it ended; only money on its way back is still noted', () => {
  for (const status of TERMINAL) {
    for (const [type, target] of Object.entries(TRANSITIONS[status])) {
      expect(['ignore', 'conflict', ...(type === 'payment.refunded' ? [status] : [])]).toContain(target)
    }
  }
})

test('a return’s refund that comes after the cancellation’s is added to it', () => {
  const cancelled = after(aPlacedOrder(), { type: 'cancel', by: 'c1', reason: null }, { type: 'checkout.reversed', refunded: 1000 })
  expect(after(cancelled, { type: 'payment.refunded', returnId: 'r1', amount: 500 })).toMatchObject({ status: 'cancelled', refunded: 1500 })
})
