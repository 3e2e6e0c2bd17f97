import { join } from 'node:path'
import { type Broker, openInbox, openOutbox } from '@order-flow/messaging'
import { openDatabase, type Service } from '@order-flow/service-kit'
import { createCatalogue, type SeedProduct } from './catalogue/catalogue.ts'
import type { Config } from './config.ts'
import { createPaymentWorker } from './payment/payment-worker.ts'
import { createSimulatedProvider } from './payment/simulated-provider.ts'
import { addRoutes } from './routes.ts'
import { createSubscriptions } from './subscriptions.ts'

export type { SeedProduct } from './catalogue/catalogue.ts'
export { Config } from './config.ts'
export const name = 'inventory-payment-service'

const MIGRATIONS = join(import.meta.dirname, '..', 'migrations')

export interface App {
  start(): Promise<string>
  stop(): Promise<void>
  /** Fills an empty shop with products and their first stock. */
  seed(products: readonly SeedProduct[]): Promise<void>
}

/** Wires inventory-payment-service. Nothing is handled or published before `start()`. */
export async function createApp(service: Service<Config>, { broker }: { broker: Broker }): Promise<App> {
  const { config, closer, http, logger, tokens } = service
  const db = await openDatabase(service, MIGRATIONS)

  const outbox = await openOutbox(service, db, broker)
  const provider = createSimulatedProvider({ db, ...config.payments.simulator })
  closer.defer(() => provider.stop())
  const worker = createPaymentWorker({ db, outbox, provider, config: config.payments, logger })
  closer.defer(() => worker.stop())
  await openInbox(service, { db, broker, handlers: createSubscriptions(outbox, worker) })
  const catalogue = createCatalogue({ db, outbox })
  addRoutes(http, { db, catalogue, tokens })

  return {
    async start() {
      worker.start()
      outbox.start()
      return service.start()
    },
    stop: () => service.stop(),
    seed: (products) => catalogue.seed(products),
  }
}
