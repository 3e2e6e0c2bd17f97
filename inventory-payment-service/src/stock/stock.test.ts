import fc from 'fast-check'
import { expect, test } from 'vitest'
import { admitDemands, type Demand, type Level, unitsBySku } from './stock.ts'

const SKUS = ['A', 'B', 'C', 'untracked', 'unknown']
const levels = fc.record({ A: level(), B: level(), C: level() }).map(
  ({ A, B, C }) =>
    new Map<string, Level>([
      ['A', A],
      ['B', B],
      ['C', C],
      ['untracked', null],
    ]),
)
const demands = fc
  .array(fc.dictionary(fc.constantFrom(...SKUS), fc.integer({ min: 1, max: 6 }), { minKeys: 1, maxKeys: 4 }), { maxLength: 30 })
  .map((orders) => orders.map((units, index): Demand => ({ orderId: `o${index}`, units })))

function level() {
  return fc.tuple(fc.nat(20), fc.nat(20)).map(([one, other]) => ({ onHand: Math.max(one, other), reserved: Math.min(one, other) }))
}

function totals(admitted: readonly string[], all: readonly Demand[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { orderId, units } of all) {
    if (!admitted.includes(orderId)) continue
    for (const [sku, quantity] of Object.entries(units)) if (sku !== 'untracked') sums.set(sku, (sums.get(sku) ?? 0) + quantity)
  }
  return sums
}

test('never is more promised than there is', () => {
  fc.assert(
    fc.property(levels, demands, (stock, orders) => {
      for (const [sku, units] of admitDemands(stock, orders).reserved) {
        const { onHand, reserved } = stock.get(sku) ?? { onHand: 0, reserved: 0 }
        expect(reserved + units).toBeLessThanOrEqual(onHand)
      }
    }),
    { numRuns: 5000 },
  )
})

test('an order gets all its lines or none, and what is promised is exactly the sum of the admitted, in whatever order they come', () => {
  fc.assert(
    fc.property(levels, demands, fc.infiniteStream(fc.nat()), (stock, orders, random) => {
      const shuffled = orders.map((order) => ({ order, key: random.next().value ?? 0 })).sort((one, other) => one.key - other.key)
      for (const arrival of [orders, shuffled.map(({ order }) => order)]) {
        const { admitted, rejected, reserved } = admitDemands(stock, arrival)
        expect(admitted.length + rejected.length).toBe(orders.length)
        expect(reserved).toEqual(totals(admitted, arrival))
      }
    }),
    { numRuns: 5000 },
  )
})

test('an order is rejected only for what was short when its turn came', () => {
  fc.assert(
    fc.property(levels, demands, (stock, orders) => {
      const { rejected } = admitDemands(stock, orders)
      for (const { orderId, short } of rejected) {
        const turn = orders.findIndex((order) => order.orderId === orderId)
        const taken = admitDemands(stock, orders.slice(0, turn)).reserved
        expect(short.length).toBeGreaterThan(0)
        for (const { sku, wanted, available } of short) {
          const { onHand, reserved } = stock.get(sku) ?? { onHand: 0, reserved: 0 }
          expect(available).toBe(onHand - reserved - (taken.get(sku) ?? 0))
          expect(wanted).toBeGreaterThan(available)
        }
      }
    }),
    { numRuns: 2000 },
  )
})

test('lines of the same SKU are summed, and a SKU may be called like a built-in member', () => {
  expect({
    ...unitsBySku([
      { sku: 'A', quantity: 1 },
      { sku: 'constructor', quantity: 2 },
      { sku: 'A', quantity: 3 },
    ]),
  }).toEqual({ A: 4, constructor: 2 })
})
