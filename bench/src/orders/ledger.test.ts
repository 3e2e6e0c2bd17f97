import { expect, test } from 'vitest'
import { createLedger } from './ledger.ts'

const WINDOW = { fromMs: 1000, toMs: 2000 }

test('latencies count from the due time, and only for orders due within the window', () => {
  const ledger = createLedger(WINDOW)
  for (const [orderId, dueMs] of [
    ['warm-up', 900],
    ['measured', 1500],
  ] as const) {
    ledger.due(dueMs)
    ledger.accepted(orderId, dueMs, dueMs + 30)
    ledger.told(orderId, { confirmed: true, atMs: dueMs + 80, offset: 1 })
  }
  const result = ledger.result()
  expect(result).toMatchObject({ due: 1, accepted: 1, completed: 1, unfinished: 0 })
  expect(result.httpMs).toMatchObject({ count: 1, max: expect.closeTo(30, 0) })
  expect(result.orderToNotificationMs).toMatchObject({ count: 1, max: expect.closeTo(80, 0) })
})

test('throughput counts what happens within the window, whenever it was due', () => {
  const ledger = createLedger(WINDOW)
  ledger.accepted('due before', 900, 1100)
  ledger.told('due before', { confirmed: true, atMs: 1200, offset: 1 })
  ledger.due(1900)
  ledger.accepted('done after', 1900, 1950)
  ledger.told('done after', { confirmed: true, atMs: 2100, offset: 1 })
  expect(ledger.result()).toMatchObject({ due: 1, accepted: 2, completed: 1, unfinished: 0 })
})

test('an outcome that is told before the answer comes still counts', () => {
  const ledger = createLedger(WINDOW)
  ledger.told('o1', { confirmed: true, atMs: 1520, offset: 1 })
  ledger.accepted('o1', 1500, 1530)
  expect(ledger.result()).toMatchObject({ completed: 1, unfinished: 0, orderToNotificationMs: { count: 1 } })
})

test('rejected, failed and unfinished orders are told apart', () => {
  const ledger = createLedger(WINDOW)
  ledger.accepted('o1', 1500, 1510)
  ledger.told('o1', { confirmed: false, atMs: 1520, offset: 1 })
  ledger.accepted('o2', 1500, 1510)
  ledger.failed(1500, '503')
  expect(ledger.result()).toMatchObject({ completed: 0, rejected: 1, unfinished: 1, errors: { 503: 1 } })
})

test('a refusal is neither an error nor an order, and its wait is measured', () => {
  const ledger = createLedger(WINDOW)
  ledger.due(1500)
  ledger.refused(1500, 1512)
  ledger.refused(900, 910)
  expect(ledger.result()).toMatchObject({
    due: 1,
    accepted: 0,
    refused: 1,
    errors: {},
    refusalMs: { count: 1, max: expect.closeTo(12, 0) },
  })
})

test('of many orders evenly spread ones are sampled, never more than asked for', () => {
  const ledger = createLedger({ fromMs: 0, toMs: 1000 }, 10)
  for (let dueMs = 0; dueMs < 1000; dueMs += 1) {
    ledger.accepted(`o${dueMs}`, dueMs, dueMs)
    ledger.told(`o${dueMs}`, { confirmed: true, atMs: dueMs, offset: dueMs })
  }
  const dues = ledger.samples().map(({ dueMs }) => dueMs)
  expect(dues.length).toBeGreaterThan(4)
  expect(dues.length).toBeLessThanOrEqual(10)
  const gaps = new Set(dues.slice(1).map((dueMs, index) => dueMs - (dues[index] ?? 0)))
  expect(gaps.size).toBe(1)
})

test('what completed is told second by second', () => {
  const ledger = createLedger({ fromMs: 1000, toMs: 3000 })
  for (const [orderId, atMs] of [
    ['o1', 1900],
    ['o2', 2100],
    ['o3', 2900],
  ] as const) {
    ledger.accepted(orderId, 1500, 1510)
    ledger.told(orderId, { confirmed: true, atMs, offset: 1 })
  }
  expect(ledger.result().timeline).toEqual([
    { second: 0, completed: 1, p50: 400, p99: 400 },
    { second: 1, completed: 2, p50: 600, p99: 1400 },
  ])
})
