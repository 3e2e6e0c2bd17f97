import type { Message } from './message.ts'

/** A row of the outbox table. Positions rise in the order of the inserts and are never used again. */
export interface OutboxRow extends Message {
  position: number
}

export type OutboxWindow = ReturnType<typeof createOutboxWindow>

/**
 * Which rows of the outbox a relay has taken, so that each is given to the broker once and those of one key one after
 * the other. It remembers rows, not how far it came: a position is handed out before its commit, so a row may appear
 * below those already seen, and the next of its key with it.
 */
export function createOutboxWindow() {
  /** Rows given to the broker, until they are deleted. */
  const taken = new Set<number>()
  const busyKeys = new Set<string>()
  let looks = 0
  /** The look during which rows were given back: it did not see them, so it may not take what comes after them. */
  let staleLook = -1

  return {
    /** Begins a look at the table; answers the positions it is to leave out. One look at a time. */
    beginLook(): readonly number[] {
      looks += 1
      return [...taken]
    },

    /** Ends a look: takes those of the rows it saw, in the order of their positions, whose key has nothing under way. */
    take(rows: readonly OutboxRow[], maxBatch: number): OutboxRow[] {
      if (staleLook === looks) return []
      const batch: OutboxRow[] = []
      for (const row of rows) {
        if (batch.length >= maxBatch) break
        if (busyKeys.has(row.partitionKey)) continue
        taken.add(row.position)
        busyKeys.add(row.partitionKey)
        batch.push(row)
      }
      return batch
    },

    /** The broker has confirmed them: what waited for their keys may go; they stay taken until `forget`. */
    confirm(rows: readonly OutboxRow[]): void {
      for (const { partitionKey } of rows) busyKeys.delete(partitionKey)
    },

    /** They are deleted from the table. */
    forget(positions: readonly number[]): void {
      for (const position of positions) taken.delete(position)
    },

    /** The broker did not confirm them: they are taken again. */
    giveBack(rows: readonly OutboxRow[]): void {
      for (const { position, partitionKey } of rows) {
        taken.delete(position)
        busyKeys.delete(partitionKey)
      }
      staleLook = looks
    },

    size: () => taken.size,
  }
}
