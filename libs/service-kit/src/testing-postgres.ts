import { Client } from 'pg'
import type { Database } from './database.ts'
import { AppError, messageOf } from './errors.ts'
import { randomHex } from './ids.ts'
import { silentLogger } from './logger.ts'
import { openPostgres, type PostgresOptions } from './postgres.ts'
import { placeOf } from './postgres-address.ts'
import { translatePostgresError } from './postgres-errors.ts'
import type { Engine } from './testing.ts'

/** The server that the suites use; each test has a schema of its own there. */
export const TEST_POSTGRES_URL = process.env.ORDER_FLOW_TEST_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432/postgres'

/**
 * The engine when its server answers; undefined without one, which the summary of the test run tells (scripts/test-engines.ts).
 * Rejects when the server answers but cannot be used, and in CI (ORDER_FLOW_REQUIRE_ENGINES) also when there is none.
 */
export async function findPostgresEngine(): Promise<Engine | undefined> {
  try {
    await asAdministrator('select 1')
    return postgresEngine
  } catch (error) {
    const translated = translatePostgresError(error, placeOf(TEST_POSTGRES_URL))
    const isAbsent = translated instanceof AppError && translated.code === 'unavailable'
    if (isAbsent && !process.env.ORDER_FLOW_REQUIRE_ENGINES) return undefined
    throw new Error(`The tests need PostgreSQL (ORDER_FLOW_TEST_POSTGRES). ${messageOf(translated)}`, { cause: error })
  }
}

/** Runs one statement on the tests' server, beside any Database. */
export async function asAdministrator(sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: TEST_POSTGRES_URL, connectionTimeoutMillis: 2000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const postgresEngine: Engine = {
  name: 'postgresql',
  shared: true,
  open: () => openTestPostgres(),
}

/** An empty schema. */
export async function openTestPostgres(options: Partial<PostgresOptions> = {}) {
  const schema = `test_${randomHex(8)}`
  const opened = new Set<Database>()

  async function connect(further: Partial<PostgresOptions> = {}): Promise<Database> {
    const db = openPostgres({
      url: TEST_POSTGRES_URL,
      schema,
      poolSize: 4,
      statementTimeoutMs: 10_000,
      logger: silentLogger,
      ...options,
      ...further,
    })
    opened.add(db)
    await db.all('select 1')
    return db
  }

  let db = await connect()
  return {
    db,
    schema,
    config: { url: TEST_POSTGRES_URL, schema, poolSize: 4, statementTimeoutMs: 10_000 },
    dataDir: undefined,
    connect,
    async reopen() {
      await db.close()
      opened.delete(db)
      db = await connect()
      return db
    },
    async remove() {
      await Promise.all([...opened].map((each) => each.close()))
      await asAdministrator(`drop schema if exists ${schema} cascade`)
    },
  }
}
