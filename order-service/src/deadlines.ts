import { setTimeout as pause } from 'node:timers/promises'
import type { Database, Leadership, Logger } from '@order-flow/service-kit'
import { removeOlderThan } from './idempotency-store.ts'
import type { ChangeOrders } from './order-changes.ts'
import { findOverdue } from './order-store.ts'

const SWEEP_MS = 1000
const MAX_PER_SWEEP = 200
const DAY_MS = 86_400_000

/**
 * Looks every second, in one process of the database, for orders whose deadline has passed and has them ask for attention, so that no accepted order
 * waits silently; and forgets old idempotency keys.
 */
export function startDeadlines({
  db,
  changeOrders,
  logger,
  keepKeysDays,
}: {
  db: Database
  changeOrders: ChangeOrders
  logger: Logger
  keepKeysDays: number
}): Leadership {
  let forgottenAtMs = 0

  async function sweep(): Promise<void> {
    const now = new Date()
    const overdue = await findOverdue(db, now.toISOString(), MAX_PER_SWEEP)
    if (overdue.length > 0) {
      await db.transaction((tx) =>
        changeOrders(
          tx,
          overdue.map((orderId) => ({ orderId, happening: { type: 'deadline.passed' } })),
        ),
      )
      logger.warn({ orders: overdue.length, first: overdue[0] }, 'orders wait longer than they should')
    }
    if (now.getTime() - forgottenAtMs > DAY_MS / 24) {
      forgottenAtMs = now.getTime()
      await db.transaction((tx) => removeOlderThan(tx, new Date(now.getTime() - keepKeysDays * DAY_MS).toISOString()))
    }
  }

  return db.lead('deadlines', async (lost) => {
    while (!lost.aborted) {
      await sweep().catch((error: unknown) => logger.error({ err: error }, 'deadlines cannot be checked'))
      await pause(SWEEP_MS, undefined, { signal: lost }).catch(() => undefined)
    }
  })
}
