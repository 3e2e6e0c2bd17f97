import { AppError, messageOf } from '@order-flow/service-kit'
import pg from 'pg'
import type { Snapshot, Source } from './snapshot.ts'

export interface PostgresOptions {
  /** `postgres://auditor:password@host:port/database`, a role that may read the services' schemas. */
  databaseUrl: string
  /** Longest statement. */
  timeoutMs: number
}

const CONNECT_TIMEOUT_MS = 5000
const GRACE_MS = 2000
const NUMBERS = new Set([20, 21, 23, 1700]) // bigint, smallint, integer, numeric: none of ours is beyond 2^53

const types = { getTypeParser: (oid: number) => (NUMBERS.has(oid) ? Number : (text: string) => text) }

/** Reads a PostgreSQL database, by a connection of its own for each snapshot. */
export function openPostgresSource({ databaseUrl, timeoutMs }: PostgresOptions): Source {
  const place = placeOf(databaseUrl)

  async function read<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'order-flow-audit',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: timeoutMs + GRACE_MS,
      types,
    })
    client.on('error', () => undefined) // the query that waits for it tells
    try {
      await client.connect()
      await client.query(`begin isolation level repeatable read read only; set local statement_timeout = ${timeoutMs};
        set local work_mem = '64MB'; set local jit = off`)
      return await work(snapshotOf(client))
    } catch (error) {
      throw error instanceof AppError ? error : new AppError('unavailable', sentenceOf(error, place), { cause: error })
    } finally {
      await client.end().catch(() => undefined) // it is gone either way
    }
  }

  return { read }
}

function snapshotOf(client: pg.Client): Snapshot {
  const all = async <Row>(sql: string, params: readonly (string | number)[] = []) => (await client.query(sql, [...params])).rows as Row[] // the caller names the row its SQL yields
  return {
    engine: 'postgres',
    all,
    hasTable: async (name) => (await all('select 1 as one where to_regclass($1) is not null', [name])).length > 0,
  }
}

interface Place {
  where: string
  role: string
}

/** What may be said of an address: never the password. Errors: `invalid`. */
function placeOf(databaseUrl: string): Place {
  const url = URL.canParse(databaseUrl) ? new URL(databaseUrl) : undefined
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2) {
    throw new AppError('invalid', 'The address of the database is none: it reads "postgres://role:password@host:5432/database".')
  }
  const database = decodeURIComponent(url.pathname.slice(1))
  return { where: `the database "${database}" on ${url.hostname}:${url.port || 5432}`, role: decodeURIComponent(url.username) }
}

function sentenceOf(error: unknown, { where, role }: Place): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  const message = messageOf(first).replace(/\.$/, '')
  switch (codeOf(first)) {
    case '28P01':
    case '28000':
      return `The role "${role}" cannot sign in to ${where} (${message}): correct the address.`
    case '3D000':
      return `There is no ${where.slice('the '.length)}: correct the address.`
    case '42501':
      return `The role "${role}" may not read all of ${where} (${message}): use the address of the auditor's role.`
    case '3F000':
    case '42P01':
      return `${where[0]?.toUpperCase()}${where.slice(1)} does not hold the schemas of an Order Flow that has run (${message}).`
    default:
      return `${where[0]?.toUpperCase()}${where.slice(1)} cannot be checked: ${message}.`
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
