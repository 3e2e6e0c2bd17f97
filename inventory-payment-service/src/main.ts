import { openBroker } from '@order-flow/messaging'
import { readSeedFile, runService } from '@order-flow/service-kit'
import { Config, createApp, name } from './app.ts'
import { SeedProducts } from './catalogue/seed-products.ts'

await runService({
  name,
  Config,
  async createApp(service) {
    const app = await createApp(service, { broker: await openBroker(service) })
    const products = readSeedFile(SeedProducts, 'SEED_PRODUCTS_FILE')
    if (products?.length) await app.seed(products)
    return app
  },
})
