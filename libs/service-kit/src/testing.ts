import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from './database.ts'
import { openSqlite } from './sqlite.ts'

export { createTestService, type TestServiceParts, testTokens } from './testing-service.ts'

/** A way to get an empty database of one engine. The store and messaging suites run on each of ENGINES. */
export interface Engine {
  name: string
  /** `reopen` closes and opens it again, as after a crash of the process. */
  open(): Promise<{ db: Database; reopen(): Promise<Database>; remove(): Promise<void> }>
}

const sqliteEngine: Engine = {
  name: 'sqlite',
  async open() {
    const dir = mkdtempSync(join(tmpdir(), 'order-flow-'))
    const file = join(dir, 'test.db')
    let db = openSqlite(file)
    return {
      db,
      async reopen() {
        await db.close()
        db = openSqlite(file)
        return db
      },
      async remove() {
        await db.close()
        rmSync(dir, { recursive: true, force: true })
      },
    }
  },
}

/** Every engine that the conformance suites run on. */
export const ENGINES: readonly Engine[] = [sqliteEngine]
