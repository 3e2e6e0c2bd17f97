import type { Client, QueryConfig, QueryResult } from 'pg'
import type { SqlValue } from './database.ts'
import { AppError } from './errors.ts'
import type { PostgresPlace } from './postgres-address.ts'
import { spoilsConnection, translatePostgresError } from './postgres-errors.ts'

/** One connection while it is ours. */
export interface PostgresConnection {
  /** Sends a statement without waiting for the answers to those before it. Errors are sentences (postgres-errors.ts). */
  query(sql: string, params?: readonly SqlValue[], timeoutMs?: number): Promise<QueryResult>
  /** Several statements without parameters at once. */
  script(sql: string, timeoutMs?: number): Promise<QueryResult>
}

/** Names of prepared statements, by SQL text; the server parses and plans each once per connection. */
export type StatementNames = ReturnType<typeof createStatementNames>

const MAX_STATEMENTS = 500

export function createStatementNames() {
  const names = new Map<string, string>()
  return {
    /** Undefined beyond 500 texts: SQL texts are constants of the code, and such a statement is only slower. */
    of(sql: string): string | undefined {
      let name = names.get(sql)
      if (name === undefined && names.size < MAX_STATEMENTS) {
        name = `s${names.size}`
        names.set(sql, name)
      }
      return name
    },
  }
}

/** Lends a client out. After `end()` it sends nothing more; that says whether the client may be used again. */
export function lendConnection(client: Client, names: StatementNames, place: PostgresPlace) {
  let isOver = false
  let isBroken = false
  let isHeldBack = false

  async function send(config: QueryConfig & { query_timeout?: number }): Promise<QueryResult> {
    if (isOver) throw new AppError('internal', 'The transaction is over; its statements are awaited before it ends.')
    holdBack()
    try {
      return await client.query(config)
    } catch (error) {
      if (spoilsConnection(error)) isBroken = true
      throw translatePostgresError(error, place)
    }
  }

  /** What is sent before the promises that are settled now have all been looked at leaves in one packet. */
  function holdBack(): void {
    if (isHeldBack) return
    isHeldBack = true
    const { stream } = client.connection
    stream.cork()
    process.nextTick(() => {
      isHeldBack = false
      stream.uncork()
    })
  }

  const connection: PostgresConnection = {
    query(sql, params, timeoutMs) {
      const config: QueryConfig & { query_timeout?: number } = { text: sql }
      const name = names.of(sql)
      if (name !== undefined) config.name = name
      if (params) config.values = params as SqlValue[] // pg only reads it
      if (timeoutMs !== undefined) config.query_timeout = timeoutMs
      return send(config)
    },
    script: (sql, timeoutMs) => send(timeoutMs === undefined ? { text: sql } : { text: sql, query_timeout: timeoutMs }),
  }

  return {
    connection,
    end(): { isReusable: boolean } {
      isOver = true
      return { isReusable: !isBroken && client.getTransactionStatus() === 'I' }
    },
  }
}
