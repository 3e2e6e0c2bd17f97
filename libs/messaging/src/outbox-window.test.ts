import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createOutboxWindow, type OutboxRow } from './outbox-window.ts'

const MAX_BATCH = 3

function aRow(position: number, key: string): OutboxRow {
  return { position, id: `id-${position}`, type: 'io.orderflow.checkout.reversed.v1', partitionKey: key, body: '' }
}

/** The table and a broker that answers when told, with a relay's window between them. */
function aRelay() {
  const window = createOutboxWindow()
  let table: OutboxRow[] = []
  let inFlight: OutboxRow[][] = []
  const published: OutboxRow[] = []
  let nowMs = 0

  return {
    published,
    /** Positions may become visible in any order, but those of one key only one after the other. */
    commit: (row: OutboxRow) => {
      table = [...table, row].sort((a, b) => a.position - b.position)
    },
    look() {
      const above = window.beginLook()
      const rows = table.filter((row) => row.position > above).slice(0, MAX_BATCH + window.size())
      const batch = window.take(rows, MAX_BATCH, nowMs)
      if (batch.length > 0) inFlight.push(batch)
      return batch
    },
    confirmFirst() {
      const [batch, ...others] = inFlight
      if (!batch) return
      inFlight = others
      published.push(...batch)
      window.confirm(batch)
      table = table.filter((row) => !batch.includes(row))
      window.forget(batch.map(({ position }) => position))
    },
    failFirst() {
      const [batch, ...others] = inFlight
      if (!batch) return
      inFlight = others
      window.giveBack(batch)
    },
    lookFromStart: () => window.lookFromStart(),
    pass: (ms: number) => {
      nowMs += ms
    },
    isEmpty: () => table.length === 0,
    underWay: () => inFlight.flat(),
  }
}

test('a row is taken once, and a later one of its key only after it is confirmed', () => {
  const relay = aRelay()
  for (const row of [aRow(1, 'a'), aRow(2, 'a'), aRow(3, 'b')]) relay.commit(row)
  expect(relay.look().map(({ position }) => position)).toEqual([1, 3])
  expect(relay.look()).toEqual([])
  relay.confirmFirst()
  expect(relay.look().map(({ position }) => position)).toEqual([2])
})

test('a row that is committed late, below those already seen, is taken', () => {
  const relay = aRelay()
  relay.commit(aRow(1, 'a'))
  relay.commit(aRow(3, 'b'))
  expect(relay.look().map(({ position }) => position)).toEqual([1, 3])
  relay.commit(aRow(2, 'c'))
  expect(relay.look().map(({ position }) => position)).toEqual([2])
})

test('a position that never comes is waited for only so long', () => {
  const relay = aRelay()
  relay.commit(aRow(1, 'a'))
  relay.look()
  relay.confirmFirst()
  for (const position of [3, 4]) relay.commit(aRow(position, `k${position}`))
  relay.look()
  relay.pass(1001)
  relay.look()
  relay.confirmFirst()
  relay.commit(aRow(5, 'e'))
  expect(relay.look().map(({ position }) => position)).toEqual([5])
})

test('a row that was deleted while a look was under way is not taken again', () => {
  const window = createOutboxWindow()
  const row = aRow(1, 'a')
  window.beginLook()
  window.take([row], MAX_BATCH, 0)
  window.beginLook()
  window.confirm([row])
  window.forget([1])
  expect(window.take([row, aRow(2, 'b')], MAX_BATCH, 0).map(({ position }) => position)).toEqual([2])
})

test('a failed row is taken again before a later one of its key', () => {
  const relay = aRelay()
  relay.commit(aRow(1, 'a'))
  relay.look()
  relay.commit(aRow(2, 'a'))
  relay.failFirst()
  expect(relay.look().map(({ position }) => position)).toEqual([1])
})

type Step = 'commit' | 'look' | 'confirm' | 'fail' | 'from start' | 'wait'

test('whatever the order of commits, answers and failures, everything goes out and each key in order', () => {
  const step = fc.constantFrom<Step>('commit', 'look', 'look', 'confirm', 'fail', 'from start', 'wait')
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 25 }), fc.array(step), fc.infiniteStream(fc.nat(3)), run),
    { numRuns: 2000 },
  )
})

function run(keys: string[], steps: Step[], choices: Iterator<number>): void {
  const relay = aRelay()
  // Gaps: every fourth position was rolled back.
  const waiting = keys.map((key, index) => aRow(index + 1 + Math.floor(index / 3), key))
  function commitOne(): void {
    // The first of each key may be next: one key's transactions follow each other.
    const firsts = waiting.filter((row, index) => waiting.findIndex(({ partitionKey }) => partitionKey === row.partitionKey) === index)
    const row = firsts[(choices.next().value ?? 0) % Math.max(1, firsts.length)]
    if (!row) return
    waiting.splice(waiting.indexOf(row), 1)
    relay.commit(row)
  }
  const doing: Record<Step, () => void> = {
    commit: commitOne,
    look: () => void relay.look(),
    confirm: relay.confirmFirst,
    fail: relay.failFirst,
    'from start': relay.lookFromStart,
    wait: () => relay.pass(600),
  }
  for (const step of steps) {
    doing[step]()
    const positions = relay.underWay().map(({ position }) => position)
    expect(new Set(positions).size).toBe(positions.length)
  }
  while (waiting.length > 0) commitOne()
  for (let round = 0; round < 200 && !(relay.isEmpty() && relay.underWay().length === 0); round += 1) {
    relay.lookFromStart()
    relay.look()
    relay.confirmFirst()
  }
  const positions = relay.published.map(({ position }) => position)
  expect(new Set(positions).size).toBe(keys.length)
  for (const key of new Set(keys)) {
    const ofKey = relay.published.filter(({ partitionKey }) => partitionKey === key).map(({ position }) => position)
    expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b))
  }
}
