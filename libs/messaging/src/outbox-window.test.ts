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
  let undeleted: OutboxRow[] = []
  let seen: OutboxRow[] | undefined
  const published: OutboxRow[] = []

  return {
    published,
    /** Positions may become visible in any order, but those of one key only one after the other. */
    commit: (row: OutboxRow) => {
      table = [...table, row].sort((a, b) => a.position - b.position)
    },
    /** What the look sees is decided at its beginning. */
    beginLook() {
      if (seen) return
      const leftOut = window.beginLook()
      seen = table.filter((row) => !leftOut.includes(row.position)).slice(0, 2 * MAX_BATCH)
    },
    endLook() {
      if (!seen) return []
      const batch = window.take(seen, MAX_BATCH)
      seen = undefined
      if (batch.length > 0) inFlight.push(batch)
      return batch
    },
    look() {
      this.beginLook()
      return this.endLook()
    },
    confirmFirst() {
      const [batch, ...others] = inFlight
      if (!batch) return
      inFlight = others
      published.push(...batch)
      undeleted.push(...batch)
      window.confirm(batch)
    },
    deleteConfirmed() {
      table = table.filter((row) => !undeleted.includes(row))
      window.forget(undeleted.map(({ position }) => position))
      undeleted = []
    },
    failFirst() {
      const [batch, ...others] = inFlight
      if (!batch) return
      inFlight = others
      window.giveBack(batch)
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

test('a row that was deleted while a look was under way is not taken again', () => {
  const relay = aRelay()
  relay.commit(aRow(1, 'a'))
  relay.look()
  relay.beginLook()
  relay.confirmFirst()
  relay.deleteConfirmed()
  expect(relay.endLook()).toEqual([])
})

test('a look that began before a failure takes nothing that comes after the failed row', () => {
  const relay = aRelay()
  relay.commit(aRow(1, 'a'))
  relay.look()
  relay.commit(aRow(2, 'a'))
  relay.beginLook()
  relay.failFirst()
  expect(relay.endLook()).toEqual([])
  expect(relay.look().map(({ position }) => position)).toEqual([1])
})

test('a failed row is taken again before a later one of its key', () => {
  const relay = aRelay()
  relay.commit(aRow(1, 'a'))
  relay.look()
  relay.commit(aRow(2, 'a'))
  relay.failFirst()
  expect(relay.look().map(({ position }) => position)).toEqual([1])
})

type Step = 'commit' | 'begin look' | 'end look' | 'confirm' | 'delete' | 'fail'

test('whatever the order of commits, answers and failures, everything goes out and each key in order', () => {
  const step = fc.constantFrom<Step>('commit', 'begin look', 'end look', 'confirm', 'delete', 'fail')
  const keys = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 5, maxLength: 25 })
  fc.assert(fc.property(keys, fc.array(step, { minLength: 20, maxLength: 120 }), fc.infiniteStream(fc.nat(3)), run), { numRuns: 2000 })
})

function run(keys: string[], steps: Step[], choices: Iterator<number>): void {
  const relay = aRelay()
  const waiting = keys.map((key, index) => aRow(index + 1, key))
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
    'begin look': () => relay.beginLook(),
    'end look': () => void relay.endLook(),
    confirm: () => relay.confirmFirst(),
    delete: () => relay.deleteConfirmed(),
    fail: () => relay.failFirst(),
  }
  for (const step of steps) {
    doing[step]()
    const positions = relay.underWay().map(({ position }) => position)
    expect(new Set(positions).size).toBe(positions.length)
  }
  while (waiting.length > 0) commitOne()
  relay.endLook()
  for (let round = 0; round < 200 && !relay.isEmpty(); round += 1) {
    relay.look()
    relay.confirmFirst()
    relay.deleteConfirmed()
  }
  expect(relay.published).toHaveLength(keys.length)
  for (const key of new Set(keys)) {
    const ofKey = relay.published.filter(({ partitionKey }) => partitionKey === key).map(({ position }) => position)
    expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b))
  }
}
