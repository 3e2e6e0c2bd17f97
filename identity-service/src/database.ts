import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Database, migrate, openSqlite, type Service } from '@order-flow/service-kit'

export const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url))

/** Opens the service's database with its tables; its closing and its health belong to the service from then on. */
export async function openDatabase({
  name,
  dataDir,
  closer,
  health,
}: Pick<Service<unknown>, 'name' | 'dataDir' | 'closer' | 'health'>): Promise<Database> {
  const file = join(dataDir, `${name}.db`)
  makePrivate(dataDir, file)
  const db = openSqlite(file)
  closer.defer(() => db.close())
  await migrate(db, MIGRATIONS)
  health.add('database', async () => {
    await db.all('select 1 as one')
    return undefined
  })
  return db
}

/** The database holds private keys and password hashes; SQLite gives its side files the mode of the main one. */
function makePrivate(folder: string, file: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
}
