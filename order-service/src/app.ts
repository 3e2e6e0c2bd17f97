import { join } from 'node:path'
import { type Broker, openInbox, openOutbox } from '@order-flow/messaging'
import { openDatabase, type Service } from '@order-flow/service-kit'
import { createAdmission } from './admission.ts'
import type { Config } from './config.ts'
import { startDeadlines } from './deadlines.ts'
import { createInvariants } from './invariants.ts'
import { createOrderChanges } from './order-changes.ts'
import { createOverload } from './overload.ts'
import { addRoutes } from './routes.ts'
import { createSubscriptions } from './subscriptions.ts'

export { Config } from './config.ts'
export const name = 'order-service'

const MIGRATIONS = join(import.meta.dirname, '..', 'migrations')

/** Wires order-service. Nothing is accepted or published before `start()`. */
export async function createApp(
  service: Service<Config>,
  { broker }: { broker: Broker },
): Promise<{ start(): Promise<string>; stop(): Promise<void> }> {
  const { config, closer, http, logger, metrics, tokens } = service
  const db = await openDatabase(service, MIGRATIONS)

  const outbox = await openOutbox(service, db, broker)
  const overload = createOverload({ outbox, config: config.orders, metrics })
  const changeOrders = createOrderChanges({ outbox, deadlineSeconds: config.orders.deadlineSeconds, onDecided: overload.decided })
  await openInbox(service, { db, broker, handlers: createSubscriptions(changeOrders) })
  const admission = createAdmission({ db, outbox, overload, config: config.orders })
  addRoutes(http, { db, changeOrders, admission, tokens })
  const invariants = createInvariants(service, db)
  return {
    async start() {
      const deadlines = startDeadlines({ db, changeOrders, logger, keepKeysDays: config.orders.keepIdempotencyKeysDays })
      closer.defer(() => deadlines.stop())
      const watch = invariants.watch()
      closer.defer(() => watch?.stop())
      outbox.start()
      closer.defer(() => admission.drain())
      return service.start()
    },
    stop: () => service.stop(),
  }
}
