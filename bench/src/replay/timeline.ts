import { pause } from '../gateway.ts'
import { createTasks } from '../tasks.ts'
import { type CancellationReplayParts, replayCancellation } from './cancellation-replay.ts'
import type { Cancellation, Sale } from './invoices.ts'
import type { Plan } from './plan.ts'
import type { ProgressBar } from './progress.ts'
import type { Results, SaleResult } from './results.ts'
import type { SaleReplay } from './sale-replay.ts'

export interface TimelineParts {
  sales: SaleReplay
  shop: CancellationReplayParts['shop']
  /** Undefined for as fast as orders are confirmed. */
  ordersPerSecond: number | undefined
  bar: ProgressBar
  signal: AbortSignal
}

/** Orders sent and not yet confirmed or rejected: what "as fast as possible" may have open, and a given speed at most. */
const OPEN_ORDERS = { atMaxSpeed: 64, atGivenSpeed: 2_000 }
const OPEN_CANCELLATIONS = 16

/**
 * Replays the plan's sales and cancellations in time order. At a given speed orders are sent when their time has come,
 * however slow the answers. `results` is filled as it goes, so that it also tells how far an interrupted replay came.
 */
export async function replayTimeline(parts: TimelineParts, plan: Plan, results: Results): Promise<void> {
  const { ordersPerSecond, signal } = parts
  const begun = new Map<string, Promise<SaleResult>>()
  const sales = createTasks(ordersPerSecond === undefined ? OPEN_ORDERS.atMaxSpeed : OPEN_ORDERS.atGivenSpeed)
  const cancellations = createTasks(OPEN_CANCELLATIONS)
  const tally = createTally(plan, parts.bar)

  async function replaySale(sale: Sale): Promise<void> {
    const running = parts.sales.replaySale(sale)
    begun.set(sale.invoice, running)
    const result = await running
    results.sales.set(sale.invoice, result)
    tally.add(result)
  }

  async function undo({ invoice }: Cancellation): Promise<void> {
    const matched = plan.cancellations.get(invoice)
    if (!matched) return
    const resultOf = (sale: string) => begun.get(sale) ?? Promise.resolve<SaleResult>({ status: 'skipped' })
    results.cancellations.set(invoice, await replayCancellation({ shop: parts.shop, resultOf, keyPrefix: plan.keyPrefix }, matched))
  }

  const startedAtMs = performance.now()
  let sent = 0
  for (const entry of plan.timeline) {
    if (entry.kind === 'cancellation') {
      await cancellations.start(() => undo(entry))
      continue
    }
    if (ordersPerSecond !== undefined) await waitUntil(startedAtMs + (sent * 1000) / ordersPerSecond, signal)
    await sales.start(() => replaySale(entry))
    sent += 1
  }
  await sales.done()
  await cancellations.done()
}

async function waitUntil(atMs: number, signal: AbortSignal): Promise<void> {
  const waitMs = atMs - performance.now()
  if (waitMs > 0) await pause(waitMs, signal)
}

/** Keeps the line beside the bar: "212 orders/s, 800 confirmed, 3 rejected, 756 remaining". */
function createTally(plan: Plan, bar: ProgressBar) {
  const total = plan.timeline.filter(({ kind }) => kind === 'sale').length
  const startedAtMs = performance.now()
  const counts = { done: 0, confirmed: 0, rejected: 0 }
  return {
    add({ status }: SaleResult): void {
      counts.done += 1
      if (status === 'confirmed') counts.confirmed += 1
      if (status === 'rejected' || status === 'refused') counts.rejected += 1
      const perSecond = Math.round((counts.done * 1000) / Math.max(1, performance.now() - startedAtMs))
      const { done, confirmed, rejected } = counts
      bar.update(done, `${perSecond} orders/s, ${confirmed} confirmed, ${rejected} rejected, ${total - done} remaining`)
    },
  }
}
