import type { StockLevel, StockMovement } from '@order-flow/contracts'
import type { Queryable, Tx } from '@order-flow/service-kit'
import type { Level } from './stock.ts'

/**
 * Locks and reads the levels of these SKUs, in SKU order so that two transactions never wait for each other. Only the
 * levels are locked: a product may be renamed meanwhile. An unknown SKU has no entry.
 */
export async function lockLevels(tx: Tx, skus: Iterable<string>): Promise<Map<string, Level>> {
  const asked = new Set(skus)
  const rows = await tx.all<{ sku: string; tracks_stock: number; on_hand: number; reserved: number }>(
    `select s.sku, p.tracks_stock, s.on_hand, s.reserved from stock_levels s join products p on p.sku = s.sku
     where s.sku in (select r.sku from jsonb_to_recordset($1) as r(sku text)) order by s.sku for update of s`,
    [toJson(asked)],
  )
  const levels = new Map(rows.map((row): [string, Level] => [row.sku, row.tracks_stock === 1 ? toCounts(row) : null]))
  const others = asked.difference(levels)
  if (others.size > 0) for (const sku of await findUntracked(tx, others)) levels.set(sku, null)
  return levels
}

function toCounts({ on_hand: onHand, reserved }: { on_hand: number; reserved: number }): Level {
  return { onHand, reserved }
}

/** Those of the SKUs that are products without stock. */
async function findUntracked(tx: Tx, skus: Iterable<string>): Promise<string[]> {
  const rows = await tx.all<{ sku: string }>(
    'select sku from products where tracks_stock = 0 and sku in (select r.sku from jsonb_to_recordset($1) as r(sku text))',
    [toJson(skus)],
  )
  return rows.map(({ sku }) => sku)
}

/** Adds to what is promised (negative: gives it back), in levels that are locked. The table's checks refuse more than there is. */
export async function changeReserved(tx: Tx, units: ReadonlyMap<string, number>): Promise<void> {
  if (units.size === 0) return
  await tx.run(
    `update stock_levels set reserved = stock_levels.reserved + r.units
     from jsonb_to_recordset($1) as r(sku text, units bigint) where stock_levels.sku = r.sku`,
    [unitsJson(units)],
  )
}

/** Adds to what is in the shop (negative: takes away), in levels that are locked. The table's checks refuse less than is promised. */
export async function changeOnHand(tx: Tx, units: ReadonlyMap<string, number>): Promise<void> {
  if (units.size === 0) return
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
  const [row] = await db.all<LevelRow>('select sku, on_hand, reserved from stock_levels where sku = $1', [sku])
  return row && toLevel(row)
}

/** The same, locked until the transaction ends. */
export async function lockLevel(tx: Tx, sku: string): Promise<StockLevel | undefined> {
  const [row] = await tx.all<LevelRow>('select sku, on_hand, reserved from stock_levels where sku = $1 for update', [sku])
  return row && toLevel(row)
}

interface LevelRow {
  sku: string
  on_hand: number
  reserved: number
}

function toLevel({ sku, on_hand: onHand, reserved }: LevelRow): StockLevel {
  return { sku, onHand, reserved, available: onHand - reserved }
}

function toJson(skus: Iterable<string>): string {
  return JSON.stringify([...skus].map((sku) => ({ sku })))
}

function unitsJson(units: ReadonlyMap<string, number>): string {
  return JSON.stringify(Array.from(units, ([sku, count]) => ({ sku, units: count })))
}
