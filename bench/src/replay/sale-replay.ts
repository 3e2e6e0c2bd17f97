import type { Order } from '@order-flow/contracts'
import type { Sale } from './invoices.ts'
import type { Outcomes } from './outcomes.ts'
import type { SaleResult } from './results.ts'
import type { Shop } from './shop.ts'

export interface SaleReplayParts {
  shop: Pick<Shop, 'placeOrder' | 'order' | 'wasConfirmed'>
  outcomes: Outcomes
  /** Account ids by reference. */
  accounts: ReadonlyMap<string, string>
  keyPrefix: string
  /** Gives up on an outcome when no order has had one for so long, ms. Default 60,000. */
  withoutProgressMs?: number
}

const FIRST_LOOK_MS = 1_000
const MAX_LOOK_MS = 10_000
const LATE_NOTIFICATION_MS = 1_000
// Clocks differ a little; an order this much older than the run was placed by an earlier one.
const CLOCK_TOLERANCE_MS = 2_000

/** Replays sales one by one as operator orders; each call may run beside others. */
export function createSaleReplay({ shop, outcomes, accounts, keyPrefix, withoutProgressMs = 60_000 }: SaleReplayParts) {
  const startedAt = Date.now()
  let lastOutcomeAtMs = performance.now()

  /** Sends the sale and waits until its order is confirmed or rejected. */
  async function replaySale(sale: Sale): Promise<SaleResult> {
    if (sale.lines.length === 0) return { status: 'skipped' }
    const customerId = accounts.get(sale.customer)
    if (customerId === undefined) return { status: 'refused', reason: 'unknown-customer', detail: `${sale.customer} was not imported` }
    const sentAtMs = performance.now()
    const payment = { method: 'card', token: 'tok_visa' } as const
    const placed = await shop.placeOrder({ customerId, lines: sale.lines, payment }, `${keyPrefix}-${sale.invoice}`)
    if ('refused' in placed) return { status: 'refused', reason: placed.refused, detail: placed.detail }
    const result = await settled(placed, sentAtMs)
    if (result.status !== 'unsettled') lastOutcomeAtMs = performance.now()
    return result
  }

  async function settled(order: Order, sentAtMs: number): Promise<SaleResult> {
    const isOld = Date.parse(order.placedAt) < startedAt - CLOCK_TOLERANCE_MS
    // An order of an earlier run was told of then: the only way to learn its outcome is to look.
    let lookAfterMs = isOld ? 0 : FIRST_LOOK_MS
    for (;;) {
      const seen = await outcomes.wait(order.id, { sentAtMs: isOld ? undefined : sentAtMs, timeoutMs: lookAfterMs })
      if (seen === 'confirmed') return { status: 'confirmed', orderId: order.id, totalMinor: order.totals.total }
      const result = await look(order.id)
      if (result.status !== 'unsettled') {
        // Its notification may be on its way; leaving it out would make the slow ones disappear from the latencies.
        if (!isOld && seen === undefined) await outcomes.wait(order.id, { sentAtMs, timeoutMs: LATE_NOTIFICATION_MS })
        return result
      }
      if (performance.now() - Math.max(lastOutcomeAtMs, sentAtMs) > withoutProgressMs) return result
      lookAfterMs = Math.min(MAX_LOOK_MS, Math.max(250, lookAfterMs * 2))
    }
  }

  /** How the order stands now. One that was cancelled counts by whether it had been confirmed before. */
  async function look(orderId: string): Promise<SaleResult> {
    const { status, totals, reason } = await shop.order(orderId)
    const totalMinor = totals.total
    if (status === 'confirmed') return { status, orderId, totalMinor }
    if (status === 'rejected') return { status, orderId, totalMinor, reason: reason ?? 'unknown' }
    if (status === 'placed') return { status: 'unsettled', orderId, totalMinor }
    if (await shop.wasConfirmed(orderId)) return { status: 'confirmed', orderId, totalMinor }
    return { status: 'rejected', orderId, totalMinor, reason: 'cancelled' }
  }

  return { replaySale }
}

export type SaleReplay = ReturnType<typeof createSaleReplay>
