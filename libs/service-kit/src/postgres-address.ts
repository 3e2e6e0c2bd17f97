import type { ClientConfig } from 'pg'
import { AppError } from './errors.ts'
import { postgresTypes } from './postgres-types.ts'

/** Where a service's tables are, and how long the server may take. */
export interface PostgresAddress {
  /** `postgres://role:password@host:port/database`; TLS by libpq's `?sslmode=`. */
  url: string
  /** Holds all tables. */
  schema: string
  /** Longest statement, and longest wait for a lock. */
  statementTimeoutMs: number
  /** Longest wait for a connection. Default 5,000. */
  connectTimeoutMs?: number
}

/** What a person may read about an address: never the password. */
export interface PostgresPlace {
  host: string
  port: string
  database: string
  role: string
}

const SCHEMA = /^[a-z_][a-z0-9_]{0,40}$/
export const DEFAULT_CONNECT_TIMEOUT_MS = 5000
/** The client gives up this much later than the server should have, and closes the connection. */
const GRACE_MS = 2000

/** Errors: `internal` with a sentence that says what the address must look like. */
export function placeOf(url: string): PostgresPlace {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const database = decodeURIComponent(parsed?.pathname.slice(1) ?? '')
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol) || !database || !parsed.username) {
    throw new AppError('internal', 'database.url is not the address of a database: it reads "postgres://role:password@host:5432/database".')
  }
  return { host: parsed.hostname || 'localhost', port: parsed.port || '5432', database, role: decodeURIComponent(parsed.username) }
}

/**
 * Every statement of ours looks its rows up by key. A plan is made once for each connection, when a new shop's tables are
 * empty; one that reads and joins whole tables would be the cheapest then, and cost ever more while they grow.
 */
const LOOK_UP_BY_KEY = { enable_seqscan: 'off', enable_hashjoin: 'off', enable_mergejoin: 'off' }

/**
 * What every connection asks the server for. What is not in a transaction cannot write, so that a statement that was
 * sent together with a failed `begin` changes nothing. The server notices a vanished client within 20 s and frees its locks.
 */
export function connectionConfig(address: PostgresAddress, settings: Record<string, string> = {}): ClientConfig {
  const { schema, statementTimeoutMs, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = address
  if (!SCHEMA.test(schema)) {
    throw new AppError(
      'internal',
      `"${schema}" cannot be a schema: use up to 41 lower case letters, digits and underscores (database.schema).`,
    )
  }
  const url = new URL(address.url)
  const all = {
    search_path: schema,
    default_transaction_isolation: 'read committed',
    default_transaction_read_only: 'on',
    client_min_messages: 'warning',
    jit: 'off',
    ...LOOK_UP_BY_KEY,
    tcp_keepalives_idle: '5',
    tcp_keepalives_interval: '5',
    tcp_keepalives_count: '3',
    tcp_user_timeout: '20000',
    ...settings,
  }
  const options = Object.entries(all).map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
  const own = url.searchParams.get('options')
  url.searchParams.delete('options')
  return {
    connectionString: url.href,
    options: [...(own ? [own] : []), ...options].join(' '),
    application_name: schema,
    statement_timeout: statementTimeoutMs,
    lock_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + GRACE_MS,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5000,
    // Statements go out without waiting for the answers to those before them.
    pipeline: true,
    types: postgresTypes,
  }
}
