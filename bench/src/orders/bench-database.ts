import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { EXIT, Failure } from '../command.ts'

/** A database for one run. */
export interface BenchDatabase {
  name: string
  /** Its address, as an administrator. */
  url: string
  version: string
  /** Removes it and the roles that were made for it. */
  remove(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 5000

/**
 * Names a fresh database on the server at `adminUrl`; whoever uses it first makes it. Errors: a Failure when the server
 * does not answer.
 */
export async function planBenchDatabase(adminUrl: string): Promise<BenchDatabase> {
  // So short that the launcher names its roles after it, and `remove` can find them.
  const name = `bench_${randomBytes(4).toString('hex')}`
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  const [row] = await asAdministrator<{ server_version: string }>(adminUrl, 'show server_version')
  return {
    name,
    url: url.href,
    version: `PostgreSQL ${row?.server_version.split(' ')[0]}`,
    async remove() {
      await asAdministrator(adminUrl, `drop database if exists ${name} with (force)`)
      const roles = await asAdministrator<{ rolname: string }>(adminUrl, `select rolname from pg_roles where rolname like '${name}\\_%'`)
      for (const { rolname } of roles) await asAdministrator(adminUrl, `drop role "${rolname}"`)
    },
  }
}

async function asAdministrator<Row extends object>(adminUrl: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  client.on('error', () => {}) // the query that waits for it tells
  try {
    await client.connect()
    return (await client.query<Row>(sql)).rows
  } catch (error) {
    const { host, pathname } = new URL(adminUrl)
    const reason = error instanceof AggregateError ? error.errors[0] : error
    throw new Failure(EXIT.failed, `PostgreSQL at ${host}${pathname} cannot be used: ${reason instanceof Error ? reason.message : reason}.`)
  } finally {
    await client.end().catch(() => {}) // it is gone either way
  }
}
