import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AppError, messageOf } from '@order-flow/service-kit'

/**
 * Opens the data folder for this process alone; the answer releases it. The lock is one of the operating system's
 * (on an SQLite file), so it ends with the process however that dies. Errors: `unavailable` when the folder cannot be
 * written or another process uses it.
 */
export function openDataFolder(dataDir: string): () => void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw unwritable(dataDir, error)
  }
  return lock(dataDir)
}

function lock(dataDir: string): () => void {
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(join(dataDir, 'lock.db'))
    db.exec('pragma locking_mode = exclusive; begin exclusive; create table if not exists lock (held integer); commit')
    const held = db
    return () => held.close()
  } catch (error) {
    db?.close()
    if (messageOf(error).includes('locked')) {
      throw new AppError(
        'unavailable',
        `The data folder ${dataDir} is in use by another running Order Flow. Stop that one, or give this one its own folder with --data DIR.`,
      )
    }
    throw unwritable(dataDir, error)
  }
}

function unwritable(dataDir: string, error: unknown): AppError {
  return new AppError(
    'unavailable',
    `The data folder ${dataDir} cannot be written (${messageOf(error)}). Choose another with --data DIR, or correct its permissions or the disk.`,
    { cause: error },
  )
}
