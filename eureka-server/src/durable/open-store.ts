import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, type Database, type Logger, messageOf, migrate, openSqlite } from '@order-flow/service-kit'

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'migrations')

/**
 * Opens the file that keeps the registry. One that cannot be read is put aside, as the instances register again anyway;
 * undefined when there can be none (no right to write, no room), and then the registry is in memory only.
 */
export async function openStore(file: string, logger: Logger): Promise<Database | undefined> {
  try {
    return await open(file)
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return inMemoryOnly(file, error, logger)
    logger.error({ file, reason: messageOf(error) }, 'the kept registry cannot be read; it is put aside')
  }
  try {
    for (const suffix of ['', '-wal', '-shm']) await rename(file + suffix, `${file}${suffix}.broken`).catch(ignoreMissing)
    return await open(file)
  } catch (error) {
    return inMemoryOnly(file, error, logger)
  }
}

function inMemoryOnly(file: string, error: unknown, logger: Logger): undefined {
  logger.error({ file, reason: messageOf(error) }, 'the registry cannot be kept on disk; it is in memory only')
}

async function open(file: string): Promise<Database> {
  const db = openSqlite(file)
  try {
    await migrate(db, MIGRATIONS)
    return db
  } catch (error) {
    await db.close().catch(() => undefined) // the first error is the one to tell
    throw error
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error
}
