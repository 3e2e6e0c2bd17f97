import type { Message } from './message.ts'

/** A row of the outbox table. Positions rise in the order of the inserts and are never used again. */
export interface OutboxRow extends Message {
  position: number
}

/** How long a missing position is waited for: its transaction is under way, or it was rolled back and will never come. */
const GAP_WAIT_MS = 1000

export type OutboxWindow = ReturnType<typeof createOutboxWindow>

/**
 * Which rows of the outbox a relay has taken, so that each is given to the broker once and those of one key one after
 * the other. A position is handed out before its commit, so rows may appear below those already seen: reading begins
 * below the first gap, and at times from the start.
 */
export function createOutboxWindow() {
  /** Rows given to the broker, until they are deleted; by position. */
  const taken = new Map<number, Message>()
  const busyKeys = new Set<string>()
  /** Rows that were deleted while a look was under way, which may still have seen them; by the number of that look. */
  const gone = new Map<number, number>()
  let looks = 0
  /** Every position up to here has been seen; undefined before the first row. */
  let floor: number | undefined
  let gapSinceMs: number | undefined

  /** Begins a look; rows above this position are to be read. One look at a time. */
  function beginLook(): number {
    looks += 1
    for (const [position, look] of gone) if (look < looks - 1) gone.delete(position)
    return floor ?? 0
  }

  /**
   * Takes those of the rows (ascending, all that there are above what `beginLook` answered, up to some position) that are new and
   * whose key has nothing under way.
   */
  function take(rows: readonly OutboxRow[], maxBatch: number, nowMs: number): OutboxRow[] {
    const batch: OutboxRow[] = []
    for (const row of rows) {
      if (batch.length >= maxBatch) break
      if (taken.has(row.position) || gone.has(row.position) || busyKeys.has(row.partitionKey)) continue
      taken.set(row.position, row)
      busyKeys.add(row.partitionKey)
      batch.push(row)
    }
    advance(rows, nowMs)
    return batch
  }

  function advance(rows: readonly OutboxRow[], nowMs: number): void {
    floor ??= rows[0] && rows[0].position - 1
    if (floor === undefined) return
    for (const { position } of rows) {
      if (position <= floor) continue
      if (!taken.has(position) && !gone.has(position)) return // waits for its key: it is there, no gap
      if (position > floor + 1 && !isGapOver(nowMs)) return
      floor = position
      gapSinceMs = undefined
    }
  }

  function isGapOver(nowMs: number): boolean {
    gapSinceMs ??= nowMs
    return nowMs - gapSinceMs > GAP_WAIT_MS
  }

  /** The broker has confirmed them: what waited for their keys may go; they stay taken until `forget`. */
  function confirm(rows: readonly OutboxRow[]): void {
    for (const { partitionKey } of rows) busyKeys.delete(partitionKey)
  }

  /** They are deleted from the table. */
  function forget(positions: readonly number[]): void {
    for (const position of positions) {
      taken.delete(position)
      gone.set(position, looks)
    }
  }

  /** The broker did not confirm them: they are taken again, after the next look from the start. */
  function giveBack(rows: readonly OutboxRow[]): void {
    for (const { position, partitionKey } of rows) {
      taken.delete(position)
      busyKeys.delete(partitionKey)
    }
    floor = undefined
  }

  return {
    beginLook,
    take,
    confirm,
    forget,
    giveBack,
    /** Has the next look begin at the start of the table. */
    lookFromStart: () => {
      floor = undefined
    },
    /** Rows that a look may see besides new ones: it must ask for so many more. */
    size: () => taken.size + gone.size,
  }
}
