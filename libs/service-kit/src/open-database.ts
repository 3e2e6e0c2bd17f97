import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, migrate } from './database.ts'
import { openPostgres } from './postgres.ts'
import type { Service } from './service.ts'
import { openSqlite } from './sqlite.ts'

/**
 * Opens a service's database with its tables: PostgreSQL when `database.url` is configured, else a file in the data
 * folder. Its closing and its health belong to the service from then on.
 */
export async function openDatabase(
  service: Pick<Service<unknown>, 'name' | 'config' | 'dataDir' | 'logger' | 'closer' | 'health'>,
  migrationsFolder: string,
): Promise<Database> {
  const { name, closer, health, logger } = service
  const { url, schema, poolSize, statementTimeoutMs } = service.config.database
  const db =
    url === ''
      ? openSqlite(privateFile(service.dataDir, `${name}.db`))
      : openPostgres({ url, schema: schema || name.replaceAll('-', '_'), poolSize, statementTimeoutMs, logger })
  closer.defer(() => db.close())
  await migrate(db, migrationsFolder)
  health.add('database', async () => {
    await db.all('select 1 as one')
    return undefined
  })
  return db
}

/** For its owner alone: SQLite gives its side files the mode of the main one. */
function privateFile(folder: string, name: string): string {
  const file = join(folder, name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
  return file
}
