import type { Queryable, SqlRow, Tx } from '@order-flow/service-kit'
import type { Cause, Checkout, CheckoutStatus } from './checkout.ts'

/** A checkout with what its payment still needs. `dueAt` null: the provider need not be asked. */
export interface CheckoutRecord {
  checkout: Checkout
  token: string | null
  attempts: number
  dueAt: string | null
  cause: Cause
}

interface CheckoutRow {
  order_id: string
  status: CheckoutStatus
  payment_id: string
  amount: number
  currency: string
  refunded: number
  token: string | null
  attempts: number
  due_at: string | null
  cause: string
  units: string
}

const COLUMNS = 'order_id, status, payment_id, amount, currency, refunded, token, attempts, due_at, cause, units'

export async function insertCheckouts(tx: Tx, records: readonly CheckoutRecord[], at: string): Promise<void> {
  await tx.insert(
    'checkouts',
    records.map((record) => toRow(record, at)),
  )
}

export async function updateCheckouts(tx: Tx, records: readonly CheckoutRecord[], at: string): Promise<void> {
  if (records.length === 0) return
  await tx.run(
    `update checkouts set status = r.status, refunded = r.refunded, token = r.token, attempts = r.attempts, due_at = r.due_at,
       updated_at = r.updated_at, units = r.units
     from jsonb_to_recordset($1) as r(order_id text, status text, refunded bigint, token text, attempts bigint, due_at text,
       updated_at text, units text)
     where checkouts.order_id = r.order_id`,
    [JSON.stringify(records.map((record) => toRow(record, at)))],
  )
}

/** Reads checkouts to change them, by order id. */
export async function lockCheckouts(tx: Tx, orderIds: readonly string[]): Promise<Map<string, CheckoutRecord>> {
  const rows = await tx.all<CheckoutRow>(
    `select ${COLUMNS} from checkouts where order_id in (select r.id from jsonb_to_recordset($1) as r(id text)) order by order_id for update`,
    [JSON.stringify(orderIds.map((id) => ({ id })))],
  )
  return new Map(rows.map((row) => [row.order_id, toRecord(row)]))
}

/** Payments whose time has come, longest waiting first. */
export async function findDuePayments(db: Queryable, at: string, limit: number): Promise<CheckoutRecord[]> {
  const rows = await db.all<CheckoutRow>(
    `select ${COLUMNS} from checkouts where due_at is not null and due_at <= $1 order by due_at limit $2`,
    [at, limit],
  )
  return rows.map(toRecord)
}

/** Notes that the provider gave no answer and when it is asked again. */
export async function postponePayments(tx: Tx, payments: readonly { orderId: string; attempts: number; dueAt: string }[]): Promise<void> {
  await tx.run(
    `update checkouts set attempts = r.attempts, due_at = r.due_at
     from jsonb_to_recordset($1) as r(order_id text, attempts bigint, due_at text) where checkouts.order_id = r.order_id`,
    [JSON.stringify(payments.map(({ orderId, attempts, dueAt }) => ({ order_id: orderId, attempts, due_at: dueAt })))],
  )
}

function toRow({ checkout, token, attempts, dueAt, cause }: CheckoutRecord, at: string): SqlRow {
  return {
    order_id: checkout.orderId,
    status: checkout.status,
    payment_id: checkout.paymentId,
    amount: checkout.amount,
    currency: checkout.currency,
    refunded: checkout.refunded,
    token,
    attempts,
    due_at: dueAt,
    cause: JSON.stringify(cause),
    updated_at: at,
    units: JSON.stringify(checkout.units),
  }
}

function toRecord(row: CheckoutRow): CheckoutRecord {
  const { order_id: orderId, status, payment_id: paymentId, amount, currency, refunded } = row
  const units = JSON.parse(row.units) as Checkout['units'] // we wrote it
  const cause = JSON.parse(row.cause) as Cause // we wrote it
  return {
    checkout: { orderId, status, paymentId, amount, currency, refunded, units },
    token: row.token,
    attempts: row.attempts,
    dueAt: row.due_at,
    cause,
  }
}
