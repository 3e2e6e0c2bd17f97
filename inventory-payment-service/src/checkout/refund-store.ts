import type { Queryable, SqlRow, Tx } from '@order-flow/service-kit'
import type { Cause, Refund } from './checkout.ts'

/** A refund that has not gone through yet. */
export interface RefundRecord {
  refund: Refund
  attempts: number
  cause: Cause
}

interface RefundRow {
  id: string
  order_id: string
  payment_id: string
  amount: number
  reverses: number
  attempts: number
  cause: string
}

export async function insertRefunds(tx: Tx, records: readonly RefundRecord[], dueAt: string): Promise<void> {
  await tx.insert(
    'refunds',
    records.map((record) => toRow(record, dueAt)),
  )
}

/** Whether the time of any refund has come. */
export async function hasDueRefunds(db: Queryable, at: string): Promise<boolean> {
  const rows = await db.all('select id from refunds where due_at is not null and due_at <= $1 limit 1', [at])
  return rows.length > 0
}

/** Takes refunds due at `at`, longest waiting first, at most `limit`, for the caller alone; they are due again at `until`. */
export async function claimDueRefunds(tx: Tx, { at, until, limit }: { at: string; until: string; limit: number }): Promise<RefundRecord[]> {
  const rows = await tx.all<RefundRow>(
    `select id, order_id, payment_id, amount, reverses, attempts, cause from refunds
     where due_at is not null and due_at <= $1 order by due_at limit $2 for update skip locked`,
    [at, limit],
  )
  await tx.update(
    'refunds',
    'id',
    rows.map((row) => ({ id: row.id, due_at: until })),
  )
  return rows.map(toRecord)
}

/** Those of the refunds that are still open. */
export async function lockOpenRefunds(tx: Tx, ids: readonly string[]): Promise<Set<string>> {
  const rows = await tx.all<{ id: string }>(
    `select id from refunds where due_at is not null and id in (select r.id from jsonb_to_recordset($1) as r(id text)) order by id for update`,
    [JSON.stringify(ids.map((id) => ({ id })))],
  )
  return new Set(rows.map((row) => row.id))
}

export async function closeRefunds(tx: Tx, ids: readonly string[], at: string): Promise<void> {
  await tx.update(
    'refunds',
    'id',
    ids.map((id) => ({ id, due_at: null, refunded_at: at })),
  )
}

/** Notes that the provider gave no answer and when it is asked again, for those refunds that are still open. */
export async function postponeRefunds(tx: Tx, refunds: readonly { id: string; attempts: number; dueAt: string }[]): Promise<void> {
  if (refunds.length === 0) return
  const open = await lockOpenRefunds(
    tx,
    refunds.map(({ id }) => id),
  )
  await tx.update(
    'refunds',
    'id',
    refunds.filter(({ id }) => open.has(id)).map(({ id, attempts, dueAt }) => ({ id, attempts, due_at: dueAt })),
  )
}

function toRow({ refund, attempts, cause }: RefundRecord, dueAt: string): SqlRow {
  const { id, orderId, paymentId, amount, reverses } = refund
  return {
    id,
    order_id: orderId,
    payment_id: paymentId,
    amount,
    reverses: reverses ? 1 : 0,
    attempts,
    due_at: dueAt,
    cause: JSON.stringify(cause),
    refunded_at: null,
  }
}

function toRecord(row: RefundRow): RefundRecord {
  const { id, order_id: orderId, payment_id: paymentId, amount, attempts } = row
  return { refund: { id, orderId, paymentId, amount, reverses: row.reverses === 1 }, attempts, cause: JSON.parse(row.cause) as Cause } // we wrote it
}
