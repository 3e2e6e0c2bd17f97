import { EXIT, Failure } from '../command.ts'
import { createTasks } from '../tasks.ts'
import type { CatalogueProduct } from './catalogue.ts'
import type { Plan, PlannedAccount } from './plan.ts'
import type { Progress } from './progress.ts'
import type { Shop } from './shop.ts'

export interface PreparationParts {
  shop: Pick<Shop, 'changeProduct' | 'receiveStock' | 'importAccounts'>
  progress: Progress
}

const CONCURRENT_CALLS = 32
const ACCOUNTS_AT_ONCE = 500

/**
 * Makes the plan's products, books their stock once (the key is made of the file and the product) and imports its
 * accounts. Answers account ids by reference.
 */
export async function prepareShop({ shop, progress }: PreparationParts, plan: Plan): Promise<Map<string, string>> {
  await importCatalogue({ shop, progress }, plan)
  return importAccounts({ shop, progress }, plan.accounts)
}

async function importCatalogue({ shop, progress }: PreparationParts, { products, keyPrefix }: Plan): Promise<void> {
  const bar = progress.phase('Catalogue', products.length)
  const tasks = createTasks(CONCURRENT_CALLS)
  let done = 0
  const importProduct = async ({ sku, change, stock }: CatalogueProduct) => {
    await shop.changeProduct(sku, change)
    if (stock > 0) await shop.receiveStock(sku, stock, { key: `${keyPrefix}-stock-${sku}`, reason: 'Units sold in the replayed file' })
    bar.update(++done)
  }
  try {
    for (const product of products) await tasks.start(() => importProduct(product))
    await tasks.done()
  } finally {
    bar.end()
  }
}

async function importAccounts({ shop, progress }: PreparationParts, accounts: PlannedAccount[]): Promise<Map<string, string>> {
  const bar = progress.phase('Customers', accounts.length)
  const ids = new Map<string, string>()
  for (let from = 0; from < accounts.length; from += ACCOUNTS_AT_ONCE) {
    const imported = await shop.importAccounts({ accounts: accounts.slice(from, from + ACCOUNTS_AT_ONCE) })
    for (const [reference, id] of imported) ids.set(reference, id)
    bar.update(ids.size)
  }
  bar.end()
  const missing = accounts.find(({ reference }) => !ids.has(reference))
  if (missing)
    throw new Failure(EXIT.failed, `The shop imported ${ids.size} of ${accounts.length} customers; ${missing.reference} is missing.`)
  return ids
}
