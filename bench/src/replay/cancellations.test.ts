import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchCancellations } from './cancellations.ts'
import type { Cancellation, Sale } from './invoices.ts'

type Line = [sku: string, quantity: number]

function aSale(invoice: string, lines: Line[], customer = 'c1'): Sale {
  const ordered = lines.map(([sku, quantity]) => ({ sku, quantity, unitPrice: 100 }))
  return { kind: 'sale', invoice, at: '', customer, lines: ordered, skipped: {}, fileMicros: 0n, skippedMicros: 0n }
}

function aCancellation(invoice: string, lines: Line[], customer = 'c1'): Cancellation {
  return { kind: 'cancellation', invoice, at: '', customer, lines: lines.map(([sku, quantity]) => ({ sku, quantity })), fileMicros: 0n }
}

function match(...timeline: (Sale | Cancellation)[]) {
  return [...matchCancellations(timeline).values()]
}

test('a whole order taken back at once is cancelled', () => {
  const [matched] = match(
    aSale('1', [
      ['A', 2],
      ['B', 1],
    ]),
    aCancellation('C1', [
      ['B', 1],
      ['A', 2],
    ]),
  )
  expect(matched).toEqual({ invoice: 'C1', lineCount: 2, missingCount: 0, undoings: [{ sale: '1', kind: 'cancel' }] })
})

test('part of an order is a return of its lines, by their number', () => {
  const [matched] = match(
    aSale('1', [
      ['A', 2],
      ['B', 5],
    ]),
    aCancellation('C1', [['B', 3]]),
  )
  expect(matched?.undoings).toEqual([{ sale: '1', kind: 'return', lines: [{ lineNumber: 2, quantity: 3 }] }])
})

test('the latest sale with units left gives first, then the one before', () => {
  const [matched] = match(
    aSale('1', [['A', 5]]),
    aSale('2', [
      ['A', 2],
      ['B', 1],
    ]),
    aCancellation('C1', [['A', 4]]),
  )
  expect(matched?.undoings).toEqual([
    { sale: '2', kind: 'return', lines: [{ lineNumber: 1, quantity: 2 }] },
    { sale: '1', kind: 'return', lines: [{ lineNumber: 1, quantity: 2 }] },
  ])
})

test('the rest of an order that was partly returned is returned too, not cancelled', () => {
  const [, second] = match(aSale('1', [['A', 5]]), aCancellation('C1', [['A', 2]]), aCancellation('C2', [['A', 3]]))
  expect(second?.undoings).toEqual([{ sale: '1', kind: 'return', lines: [{ lineNumber: 1, quantity: 3 }] }])
})

test('a line finds nothing at another customer, in a later sale, above what is left, or without a customer', () => {
  const matched = match(
    aSale('1', [['A', 5]], 'c2'),
    aCancellation('C1', [['A', 1]]),
    aSale('2', [['A', 5]]),
    aCancellation('C2', [['A', 6]]),
    { ...aCancellation('C3', [['A', 1]]), customer: undefined },
  )
  expect(matched.map(({ missingCount, undoings }) => [missingCount, undoings])).toEqual([
    [1, []],
    [1, []],
    [1, []],
  ])
})

test('never more is taken back than was sold, and every found unit has its original', () => {
  const line = fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.integer({ min: 1, max: 5 }))
  const entry = fc.record({
    isSale: fc.boolean(),
    customer: fc.constantFrom('c1', 'c2'),
    lines: fc.array(line, { minLength: 1, maxLength: 4 }),
  })
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 30 }), (entries) => {
      const timeline = entries.map(({ isSale, customer, lines }, index) =>
        isSale ? aSale(`${index}`, lines, customer) : aCancellation(`C${index}`, lines, customer),
      )
      const left = new Map<string, number>(
        timeline.flatMap((sale) =>
          sale.kind === 'sale' ? sale.lines.map((line, index) => [`${sale.invoice}/${index + 1}`, line.quantity] as const) : [],
        ),
      )
      for (const { undoings } of matchCancellations(timeline).values()) {
        for (const undoing of undoings) {
          for (const [key, quantity] of taken(undoing, left)) left.set(key, (left.get(key) ?? 0) - quantity)
        }
      }
      expect(Math.min(0, ...left.values())).toBe(0)
    }),
  )
})

/** What an undoing takes of which line; a cancellation takes what its lines had at first, and must find all of it. */
function taken(undoing: ReturnType<typeof match>[number]['undoings'][number], left: Map<string, number>): [string, number][] {
  if (undoing.kind === 'return') return undoing.lines.map(({ lineNumber, quantity }) => [`${undoing.sale}/${lineNumber}`, quantity])
  const lines = [...left].filter(([key]) => key.startsWith(`${undoing.sale}/`))
  expect(lines.every(([, quantity]) => quantity > 0)).toBe(true)
  return lines
}
