import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommonConfig } from './common-config.ts'
import type { Database } from './database.ts'
import { openSqlite } from './sqlite.ts'
import { findPostgresEngine } from './testing-postgres.ts'

export { createTestService, type TestServiceParts, testTokens } from './testing-service.ts'

/** A way to get an empty database of one engine. The store and messaging suites run on each of ENGINES. */
export interface Engine {
  name: string
  /** Whether several processes can use one database; then `connect` is there. */
  shared: boolean
  open(): Promise<TestDatabase>
}

export interface TestDatabase {
  db: Database
  /** What has a service open it: `database` of its configuration, and the folder that holds the files of a SQLite service. */
  config: CommonConfig['database']
  dataDir: string | undefined
  /** Closes and opens it again, as after a crash of the process. */
  reopen(): Promise<Database>
  /** Opens the same data once more, as another instance of the service does. Rejects on an engine that is not shared. */
  connect(): Promise<Database>
  /** Closes all that was opened and deletes the data. */
  remove(): Promise<void>
}

const sqliteEngine: Engine = {
  name: 'sqlite',
  shared: false,
  async open() {
    const dir = mkdtempSync(join(tmpdir(), 'order-flow-'))
    const file = join(dir, 'test.db')
    let db = openSqlite(file)
    return {
      db,
      config: { url: '', schema: '', poolSize: 4, statementTimeoutMs: 10_000 },
      dataDir: dir,
      async reopen() {
        await db.close()
        db = openSqlite(file)
        return db
      },
      connect: () => Promise.reject(new Error('A SQLite database belongs to one process.')),
      async remove() {
        await db.close()
        rmSync(dir, { recursive: true, force: true })
      },
    }
  },
}

const postgresEngine = await findPostgresEngine()

/** Every engine that the conformance suites run on. */
export const ENGINES: readonly Engine[] = postgresEngine ? [sqliteEngine, postgresEngine] : [sqliteEngine]
