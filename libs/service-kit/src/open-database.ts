import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { backoffMs } from './backoff.ts'
import { type Database, migrate } from './database.ts'
import { AppError } from './errors.ts'
import type { Logger } from './logger.ts'
import { openPostgres } from './postgres.ts'
import type { Service } from './service.ts'
import { openSqlite } from './sqlite.ts'

/** How long a service that starts waits for a server that does not answer; its own start may be earlier than the server's. */
const WAIT_MS = 60_000

/**
 * Opens a service's database with its tables: PostgreSQL when `database.url` is configured, else a file in the data
 * folder. Its closing and its health belong to the service from then on. Waits up to 60 s for a server that does not
 * answer, and says so in the log. Errors: `unavailable` after that; `internal` at once when address, password or
 * privileges are wrong.
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
  await (db.shared ? whenAvailable(() => migrate(db, migrationsFolder), logger) : migrate(db, migrationsFolder))
  health.add('database', async () => {
    await db.all('select 1 as one')
    return undefined
  })
  return db
}

/** Does it, again and again as long as it is `unavailable`, for at most `waitMs`. */
export async function whenAvailable<T>(work: () => Promise<T>, logger: Logger, waitMs = WAIT_MS): Promise<T> {
  const until = Date.now() + waitMs
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      const pauseMs = backoffMs(tries, 250, 5000)
      if (!(error instanceof AppError) || error.code !== 'unavailable' || Date.now() + pauseMs > until) throw error
      logger.warn({ reason: error.message, secondsLeft: Math.round((until - Date.now()) / 1000) }, 'waiting for the database')
      await pause(pauseMs)
    }
  }
}

/** For its owner alone: SQLite gives its side files the mode of the main one. */
function privateFile(folder: string, name: string): string {
  const file = join(folder, name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
  return file
}
