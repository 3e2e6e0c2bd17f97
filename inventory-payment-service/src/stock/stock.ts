/** What is in the shop and how much of it is promised; null: stock of this product is not tracked. */
export type Level = { onHand: number; reserved: number } | null

/** One order's wish: units by SKU. */
export interface Demand {
  orderId: string
  units: Readonly<Record<string, number>>
}

export interface Shortage {
  sku: string
  wanted: number
  available: number
}

export interface StockVerdicts {
  admitted: string[]
  rejected: { orderId: string; short: Shortage[] }[]
  /** Units newly promised, by SKU; tracked products only. */
  reserved: Map<string, number>
}

/**
 * Admits orders in arrival order while stock lasts, each with all its lines or not at all. A SKU without an entry in
 * `levels` is an unknown product and counts as sold out. Pure; the caller holds the levels' rows locked.
 */
export function admitDemands(levels: ReadonlyMap<string, Level>, demands: readonly Demand[]): StockVerdicts {
  const verdicts: StockVerdicts = { admitted: [], rejected: [], reserved: new Map() }
  for (const { orderId, units } of demands) {
    const short = shortages(levels, verdicts.reserved, units)
    if (short.length > 0) {
      verdicts.rejected.push({ orderId, short })
      continue
    }
    verdicts.admitted.push(orderId)
    for (const [sku, quantity] of Object.entries(units)) {
      if (levels.get(sku)) verdicts.reserved.set(sku, (verdicts.reserved.get(sku) ?? 0) + quantity)
    }
  }
  return verdicts
}

function shortages(levels: ReadonlyMap<string, Level>, reserved: ReadonlyMap<string, number>, units: Demand['units']): Shortage[] {
  const short: Shortage[] = []
  for (const [sku, wanted] of Object.entries(units)) {
    const level = levels.get(sku)
    if (level === null) continue
    const available = level ? level.onHand - level.reserved - (reserved.get(sku) ?? 0) : 0
    if (available < wanted) short.push({ sku, wanted, available })
  }
  return short
}

/** Sums lines by SKU. */
export function unitsBySku(lines: readonly { sku: string; quantity: number }[]): Record<string, number> {
  const units: Record<string, number> = Object.create(null) // SKUs are outside words: none may meet a built-in member
  for (const { sku, quantity } of lines) units[sku] = (units[sku] ?? 0) + quantity
  return units
}
