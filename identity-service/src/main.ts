import { readSeedFile, runService } from '@order-flow/service-kit'
import { accountsOf, SeedAccounts } from './account/seed-accounts.ts'
import { Config, createApp, name } from './app.ts'

await runService({
  name,
  Config,
  async createApp(service) {
    const app = await createApp(service)
    const seed = readSeedFile(SeedAccounts, 'SEED_ACCOUNTS_FILE')
    if (seed) await app.seedAccounts(accountsOf(seed))
    return app
  },
})
