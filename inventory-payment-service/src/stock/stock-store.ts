import type { StockLevel, StockMovement } from '@order-flow/contracts'
import type { Queryable, Tx } from '@order-flow/service-kit'
import type { Level } from './stock.ts'

/** Locks and reads the levels of these SKUs, in SKU order so that two transactions never wait for each other. */
export async function lockLevels(tx: Tx, skus: Iterable<string>): Promise<Map<string, Level>> {
  const rows = await tx.all<{ sku: string; tracks_stock: number; on_hand: number | null; reserved: number | null }>(
    `select p.sku, p.tracks_stock, s.on_hand, s.reserved from products p left join stock_levels s on s.sku = p.sku
     where p.sku in (select r.sku from jsonb_to_recordset($1) as r(sku text)) order by p.sku for update`,
    [toJson(skus)],
  )
  return new Map(rows.map((row) => [row.sku, row.tracks_stock === 1 ? { onHand: row.on_hand ?? 0, reserved: row.reserved ?? 0 } : null]))
}

/** Adds to what is promised (negative: gives it back). The table's checks refuse more than there is. */
export async function changeReserved(tx: Tx, units: ReadonlyMap<string, number>): Promise<void> {
  if (units.size === 0) return
  await tx.run(
    `update stock_levels set reserved = stock_levels.reserved + r.units
     from jsonb_to_recordset($1) as r(sku text, units bigint) where stock_levels.sku = r.sku`,
    [unitsJson(units)],
  )
}

/** Adds to what is in the shop (negative: takes away). The table's checks refuse less than is promised. */
export async function changeOnHand(tx: Tx, units: ReadonlyMap<string, number>): Promise<void> {
  await tx.run(
    `update stock_levels set on_hand = stock_levels.on_hand + r.units
     from jsonb_to_recordset($1) as r(sku text, units bigint) where stock_levels.sku = r.sku`,
    [unitsJson(units)],
  )
}

/** Begins tracking these products with nothing on hand, where they are not tracked yet. */
export async function startTracking(tx: Tx, skus: readonly string[]): Promise<void> {
  await tx.insertNew(
    'stock_levels',
    'sku',
    skus.map((sku) => ({ sku, on_hand: 0, reserved: 0 })),
  )
}

export interface MovementRow extends StockMovement {
  id: string
  requestKey: string
  sku: string
  movedBy: string
  movedAt: string
}

/** Notes movements. A request key that is known fails the whole. */
export async function insertMovements(tx: Tx, movements: readonly MovementRow[]): Promise<void> {
  await tx.insert(
    'stock_movements',
    movements.map(({ id, requestKey, sku, kind, quantity, reason, movedBy, movedAt }) => ({
      id,
      request_key: requestKey,
      sku,
      kind,
      quantity,
      reason,
      moved_by: movedBy,
      moved_at: movedAt,
    })),
  )
}

/** What was asked under a request key, if anything was. */
export async function findMovement(db: Queryable, requestKey: string): Promise<(StockMovement & { sku: string }) | undefined> {
  const [row] = await db.all<StockMovement & { sku: string }>(
    'select sku, kind, quantity, reason from stock_movements where request_key = $1',
    [requestKey],
  )
  return row
}

/** Undefined: the product's stock is not tracked. */
export async function findLevel(db: Queryable, sku: string): Promise<StockLevel | undefined> {
  const [row] = await db.all<{ on_hand: number; reserved: number }>('select on_hand, reserved from stock_levels where sku = $1', [sku])
  return row && { sku, onHand: row.on_hand, reserved: row.reserved, available: row.on_hand - row.reserved }
}

function toJson(skus: Iterable<string>): string {
  return JSON.stringify([...skus].map((sku) => ({ sku })))
}

function unitsJson(units: ReadonlyMap<string, number>): string {
  return JSON.stringify([...units].sort(bySku).map(([sku, count]) => ({ sku, units: count })))
}

function bySku([one]: [string, number], [other]: [string, number]): number {
  return one < other ? -1 : 1
}
