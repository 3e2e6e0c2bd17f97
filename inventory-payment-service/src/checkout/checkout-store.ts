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
  await tx.update(
    'checkouts',
    'order_id',
    records.map((record) => ({ order_id: record.checkout.orderId, ...changingColumns(record, at) })),
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

/** What a sweep takes: the work due at `at`, at most `limit`, which is then due again at `until`. */
export interface Claim {
  at: string
  until: string
  limit: number
}

/** Whether the time of any payment has come. */
export async function hasDuePayments(db: Queryable, at: string): Promise<boolean> {
  const rows = await db.all('select order_id from checkouts where due_at is not null and due_at <= $1 limit 1', [at])
  return rows.length > 0
}

/** Takes payments whose time has come, longest waiting first, for the caller alone until its claim ends. */
export async function claimDuePayments(tx: Tx, { at, until, limit }: Claim): Promise<CheckoutRecord[]> {
  const rows = await tx.all<CheckoutRow>(
    `select ${COLUMNS} from checkouts where due_at is not null and due_at <= $1 order by due_at limit $2 for update skip locked`,
    [at, limit],
  )
  await tx.update(
    'checkouts',
    'order_id',
    rows.map((row) => ({ order_id: row.order_id, due_at: until })),
  )
  return rows.map(toRecord)
}

/** Notes that the provider gave no outcome and when it is asked again, for those payments that have none yet. */
export async function postponePayments(tx: Tx, payments: readonly { id: string; attempts: number; dueAt: string }[]): Promise<void> {
  if (payments.length === 0) return
  const records = await lockCheckouts(
    tx,
    payments.map(({ id }) => id),
  )
  const open = payments.filter(({ id }) => typeof records.get(id)?.dueAt === 'string')
  await tx.update(
    'checkouts',
    'order_id',
    open.map(({ id, attempts, dueAt }) => ({ order_id: id, attempts, due_at: dueAt })),
  )
}

function toRow(record: CheckoutRecord, at: string): SqlRow {
  const { orderId, paymentId, amount, currency } = record.checkout
  return { order_id: orderId, payment_id: paymentId, amount, currency, cause: JSON.stringify(record.cause), ...changingColumns(record, at) }
}

function changingColumns({ checkout, token, attempts, dueAt }: CheckoutRecord, at: string): SqlRow {
  const { status, refunded, units } = checkout
  return { status, refunded, token, attempts, due_at: dueAt, updated_at: at, units: JSON.stringify(units) }
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
