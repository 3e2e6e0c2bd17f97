import { Client, escapeIdentifier } from 'pg'
import { AppError } from './errors.ts'
import { placeOf } from './postgres-address.ts'
import { sqlStateOf, translatePostgresError } from './postgres-errors.ts'

const UNKNOWN_DATABASE = '3D000'
const ALREADY_THERE = /^(42P04|23505)$/
const MAY_NOT = '42501'
/** There on every server, for such purposes. */
const MAINTENANCE_DATABASE = 'postgres'

/**
 * Makes the database of the address unless it is there. Errors: `unavailable` when the server does not answer, `internal`
 * with how to mend it when the address or the password is wrong or the role may not make databases.
 */
export async function createDatabase(adminUrl: string): Promise<void> {
  const { database, role } = placeOf(adminUrl)
  try {
    await withClient(adminUrl, async () => undefined)
  } catch (error) {
    if (sqlStateOf(error) !== UNKNOWN_DATABASE) throw translatePostgresError(error, placeOf(adminUrl))
    await create(adminUrl).catch((cause: unknown) => {
      if (ALREADY_THERE.test(sqlStateOf(cause) ?? '')) return
      if (sqlStateOf(cause) !== MAY_NOT) throw translatePostgresError(cause, placeOf(adminUrl))
      throw new AppError(
        'internal',
        `There is no database "${database}" and the role "${role}" may not make it: run "create database ${escapeIdentifier(database)}" as an administrator, or name another.`,
        { cause },
      )
    })
  }
}

async function create(adminUrl: string): Promise<void> {
  const url = new URL(adminUrl)
  url.pathname = `/${MAINTENANCE_DATABASE}`
  await withClient(url.href, (client) => client.query(`create database ${escapeIdentifier(placeOf(adminUrl).database)}`))
}

async function withClient(url: string, use: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000, query_timeout: 30_000 })
  client.on('error', () => undefined) // whatever runs rejects with it
  try {
    await client.connect()
    await use(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}
