import type { OrderHistoryEntry, OrderLine, OrderSummary, Order as OrderView } from '@order-flow/contracts'
import type { Queryable, SqlRow, Tx } from '@order-flow/service-kit'
import type { Order } from './order.ts'

export interface HistoryEntry extends OrderHistoryEntry {
  orderId: string
}

interface OrderRow {
  id: string
  number: string
  customer_id: string
  status: Order['status']
  version: number
  currency: string
  items_total: number
  total: number
  line_count: number
  payment_id: string | null
  reason: OrderView['reason']
  detail: string | null
  attention: string | null
  returned: string
  refunded: number
  placed_at: string
  updated_at: string
}

const COLUMNS = `id, number, customer_id, status, version, currency, items_total, total, line_count, payment_id, reason, detail, attention,
  returned, refunded, placed_at, updated_at`

/** RFC 9562's highest UUID: a page that begins there begins with the newest order. */
const AFTER_NEWEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

export interface PageRequest {
  /** Only orders older than this one. */
  before: string | null
  limit: number
  /** Whose; null for everybody's. */
  customerId: string | null
}

/** Adds placed orders with their lines. `deadlineAt`: when they should have an outcome. */
export async function insertOrders(
  tx: Tx,
  orders: readonly { order: Order; lines: readonly OrderLine[] }[],
  deadlineAt: string,
): Promise<void> {
  await tx.insert(
    'orders',
    orders.map(({ order, lines }) => ({ ...toRow(order), deadline_at: deadlineAt, lines: JSON.stringify(lines) })),
  )
}

/** Reads orders to change them. Missing ids are missing in the answer. */
export async function findForUpdate(tx: Tx, orderIds: readonly string[]): Promise<Map<string, Order>> {
  const rows = await tx.all<OrderRow>(
    `select ${COLUMNS} from orders where id in (select r.id from jsonb_to_recordset($1) as r(id text)) order by id for update`,
    [JSON.stringify(orderIds.map((id) => ({ id })))],
  )
  return new Map(rows.map((row) => [row.id, toOrder(row)]))
}

/** Writes changed orders back. `deadlineAt`: for those that still wait for others; null otherwise. */
export async function updateOrders(tx: Tx, orders: readonly { order: Order; deadlineAt: string | null }[]): Promise<void> {
  await tx.update(
    'orders',
    'id',
    orders.map(({ order, deadlineAt }) => ({ id: order.id, ...changingColumns(order), deadline_at: deadlineAt })),
  )
}

export async function insertHistory(tx: Tx, entries: readonly HistoryEntry[]): Promise<void> {
  await tx.insert(
    'order_events',
    entries.map(({ orderId, version, type, status, at, detail }) => ({ order_id: orderId, version, type, status, at, detail })),
  )
}

/** An order and its lines, as it is shown. */
export async function findView(db: Queryable, orderId: string): Promise<OrderView | undefined> {
  const [row] = await db.all<OrderRow & { lines: string }>(`select ${COLUMNS}, lines from orders where id = $1`, [orderId])
  return row && toView(toOrder(row), JSON.parse(row.lines) as OrderLine[]) // we wrote it
}

export async function findLines(db: Queryable, orderId: string): Promise<OrderLine[]> {
  const [row] = await db.all<{ lines: string }>('select lines from orders where id = $1', [orderId])
  return row ? (JSON.parse(row.lines) as OrderLine[]) : [] // we wrote it
}

/** Newest first. */
export async function findPage(db: Queryable, { before, limit, customerId }: PageRequest): Promise<OrderSummary[]> {
  const upTo = before ?? AFTER_NEWEST
  const rows =
    customerId === null
      ? await db.all<OrderRow>(`select ${COLUMNS} from orders where id < $1 order by id desc limit $2`, [upTo, limit])
      : await db.all<OrderRow>(`select ${COLUMNS} from orders where customer_id = $1 and id < $2 order by id desc limit $3`, [
          customerId,
          upTo,
          limit,
        ])
  return rows.map((row) => {
    const { id, number, customerId: owner, status, version, currency, totals, lineCount, placedAt, updatedAt } = toOrder(row)
    return { id, number, customerId: owner, status, version, currency, totals, lineCount, placedAt, updatedAt }
  })
}

export async function findHistory(db: Queryable, orderId: string): Promise<OrderHistoryEntry[]> {
  return db.all<OrderHistoryEntry>('select version, type, status, at, detail from order_events where order_id = $1 order by version', [
    orderId,
  ])
}

/** Ids of orders whose deadline has passed. */
export async function findOverdue(db: Queryable, at: string, limit: number): Promise<string[]> {
  const rows = await db.all<{ id: string }>(
    'select id from orders where deadline_at is not null and deadline_at < $1 order by deadline_at limit $2',
    [at, limit],
  )
  return rows.map((row) => row.id)
}

/** An order as customers and operators see it. */
export function toView(order: Order, lines: OrderLine[]): OrderView {
  const { id, number, customerId, status, version, currency, totals, attention, returned, refunded, placedAt, updatedAt } = order
  const { reason, detail } = order.status === 'rejected' ? order : { reason: null, detail: null }
  return {
    id,
    number,
    customerId,
    status,
    version,
    currency,
    totals,
    lines,
    reason,
    detail,
    attention,
    returned,
    refunded,
    placedAt,
    updatedAt,
  }
}

function toRow(order: Order): SqlRow {
  return {
    id: order.id,
    number: order.number,
    customer_id: order.customerId,
    currency: order.currency,
    items_total: order.totals.items,
    total: order.totals.total,
    line_count: order.lineCount,
    placed_at: order.placedAt,
    ...changingColumns(order),
  }
}

function changingColumns(order: Order): SqlRow {
  return {
    status: order.status,
    version: order.version,
    payment_id: order.status === 'confirmed' ? order.paymentId : null,
    reason: order.status === 'rejected' ? order.reason : null,
    detail: order.status === 'rejected' ? order.detail : null,
    attention: order.attention && JSON.stringify(order.attention),
    returned: JSON.stringify(order.returned),
    refunded: order.refunded,
    updated_at: order.updatedAt,
  }
}

function toOrder(row: OrderRow): Order {
  const facts = {
    id: row.id,
    number: row.number,
    customerId: row.customer_id,
    version: row.version,
    currency: row.currency,
    totals: { items: row.items_total, total: row.total },
    lineCount: row.line_count,
    returned: JSON.parse(row.returned) as Order['returned'], // we wrote it
    refunded: row.refunded,
    attention: row.attention === null ? null : (JSON.parse(row.attention) as Order['attention']), // we wrote it
    placedAt: row.placed_at,
    updatedAt: row.updated_at,
  }
  switch (row.status) {
    case 'confirmed':
      return { ...facts, status: 'confirmed', paymentId: row.payment_id ?? '' }
    case 'rejected':
      return { ...facts, status: 'rejected', reason: row.reason ?? 'out_of_stock', detail: row.detail ?? '' }
    default:
      return { ...facts, status: row.status }
  }
}
