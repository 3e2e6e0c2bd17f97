import type { Database } from '@order-flow/service-kit'

const MEASURE_EVERY_MS = 1000

/**
 * A position at or below which no row is or will ever be, so that looks need not walk over what was deleted there. A row
 * below the highest one seen may still be uncommitted; it is gone or visible once every transaction has ended that ran a
 * while after that (transaction ids as PostgreSQL's snapshots tell them).
 */
export function createOutboxFloor(db: Database) {
  let floor = 0
  let measuredMs = Number.NEGATIVE_INFINITY
  let candidate: { position: number; endsBefore: number | undefined } | undefined

  async function measure(): Promise<void> {
    const [row] = await db.all<{ lowest: number | null; highest: number | null; oldest: number; next: number }>(
      `select (select min(position) from outbox where position > $1) as lowest, (select max(position) from outbox) as highest,
         pg_snapshot_xmin(pg_current_snapshot())::text::bigint as oldest, pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next`,
      [floor],
    )
    if (!row) return
    const { lowest, highest, oldest, next } = row
    if (candidate?.endsBefore !== undefined && oldest >= candidate.endsBefore) {
      floor = lowest === null ? candidate.position : Math.min(candidate.position, lowest - 1)
      candidate = undefined
    } else if (candidate && candidate.endsBefore === undefined) {
      // One measurement later: a transaction gets its id just after its position.
      candidate.endsBefore = next
    }
    if (!candidate && highest !== null) candidate = { position: highest, endsBefore: undefined }
  }

  /** Measured again when it is old. */
  return async function floorNow(nowMs: number): Promise<number> {
    if (nowMs - measuredMs > MEASURE_EVERY_MS) {
      measuredMs = nowMs
      await measure()
    }
    return floor
  }
}
