import type { Order, OrderSummary, PlaceOrder } from '@order-flow/contracts'
import { describe, expect, test } from 'vitest'
import type { Customer } from '../load/customer.ts'
import { createHistory, type Purchase } from '../load/history.ts'
import { countOutcomes, findOrderFaults } from './orders.ts'

const PRICES = new Map([
  ['A', 100],
  ['B', 250],
])
const customer = { id: 'c1', name: 'customer 1' } as Customer // no more of it is read

const aRequest = (token = 'tok_visa'): PlaceOrder => ({
  lines: [
    { sku: 'A', quantity: 2 },
    { sku: 'B', quantity: 1 },
  ],
  payment: { method: 'card', token },
})

function anOrder(id: string, change: Partial<Order> = {}): Order {
  const lines = aRequest().lines.map(({ sku, quantity }, index) => ({
    lineNumber: index + 1,
    sku,
    name: sku,
    quantity,
    unitPrice: PRICES.get(sku) ?? 0,
    lineTotal: quantity * (PRICES.get(sku) ?? 0),
  }))
  return {
    id,
    number: id,
    customerId: 'c1',
    status: 'placed',
    version: 1,
    currency: 'USD',
    totals: { items: 450, total: 450 },
    lines,
    reason: null,
    detail: null,
    attention: null,
    returned: {},
    refunded: 0,
    placedAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    ...change,
  }
}

const aPurchase = (id: string, change: Partial<Purchase> = {}): Purchase => ({
  customer,
  key: `key-${id}`,
  request: aRequest(),
  repeats: [],
  answers: [anOrder(id)],
  ...change,
})

const listed = (...orders: Order[]): Map<string, OrderSummary> =>
  new Map(orders.map((order) => [order.id, { ...order, lineCount: order.lines.length }]))
const faultsOf = (purchases: Purchase[], orders: Map<string, OrderSummary>) =>
  findOrderFaults({ ...createHistory(), purchases }, orders, PRICES)

describe('what is wrong with orders is found', () => {
  test('nothing, when every accepted order exists as it was asked for', () => {
    expect(faultsOf([aPurchase('o1')], listed(anOrder('o1', { status: 'confirmed' })))).toEqual([])
  })

  test.each([
    ['an accepted order that does not exist', [aPurchase('o1')], listed(), 'was accepted and does not exist'],
    ['an order that nobody was given', [], listed(anOrder('o1')), 'nobody was given it'],
    ['one order for two keys', [aPurchase('o1'), aPurchase('o1')], listed(anOrder('o1')), 'the answer to two keys'],
    ['two answers to one key', [aPurchase('o1', { answers: [anOrder('o1'), anOrder('o2')] })], listed(anOrder('o1')), 'different ways'],
    [
      'a key without an answer',
      [aPurchase('o1', { answers: [], repeats: ['503 Unavailable', '0 No answer'] })],
      listed(),
      'no definite answer after 3 calls, the last time: 0 No answer',
    ],
    ['a key that was refused', [aPurchase('o1', { answers: [], refusal: { status: 404, detail: 'gone' } })], listed(), 'refused: 404 gone'],
    ['a wrong total', [aPurchase('o1', { answers: [anOrder('o1', { totals: { items: 1, total: 1 } })] })], listed(), 'costs 1, not 450'],
    ['other lines', [aPurchase('o1', { answers: [anOrder('o1', { lines: [] })] })], listed(anOrder('o1')), 'something else'],
    ['somebody else as owner', [aPurchase('o1')], listed(anOrder('o1', { customerId: 'c2' })), 'belongs to somebody else'],
    [
      'a declined card that pays',
      [aPurchase('o1', { request: aRequest('tok_declined') })],
      listed(anOrder('o1', { status: 'confirmed' })),
      'a card that is declined',
    ],
    ['a cancellation that nobody asked for', [aPurchase('o1')], listed(anOrder('o1', { status: 'cancelled' })), 'nobody asked for it'],
    [
      'a cancellation that was granted and came to nothing',
      [aPurchase('o1', { cancel: 'granted' })],
      listed(anOrder('o1', { status: 'confirmed' })),
      'was to be cancelled and is confirmed',
    ],
    [
      'a cancellation refused without reason',
      [aPurchase('o1', { cancel: 'refused' })],
      listed(anOrder('o1', { status: 'confirmed' })),
      'its cancellation was refused',
    ],
    ['a cancellation without an answer', [aPurchase('o1', { cancel: 'asked' })], listed(anOrder('o1')), 'no definite answer'],
  ])('%s', (_what, purchases, orders, sentence) => {
    expect(faultsOf(purchases, orders).join('\n')).toContain(sentence)
  })
})

test('every accepted order is counted once, by how it ended', () => {
  const purchases = ['o1', 'o2', 'o3', 'o4', 'o5'].map((id) => aPurchase(id))
  const orders = listed(
    anOrder('o1', { status: 'confirmed' }),
    anOrder('o2', { status: 'rejected' }),
    anOrder('o3', { status: 'cancelled' }),
    anOrder('o4'),
    anOrder('o5', { status: 'cancelling' }),
  )
  const history = { ...createHistory(), purchases: [...purchases, aPurchase('o6', { answers: [] })] }
  expect(countOutcomes(history, orders, new Set(['o5']))).toEqual({
    accepted: 5,
    confirmed: 1,
    rejected: 1,
    cancelled: 1,
    attention: 1,
    open: 1,
  })
})
