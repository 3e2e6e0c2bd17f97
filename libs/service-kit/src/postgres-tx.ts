import type { QueryResult } from 'pg'
import type { SqlRow, SqlValue, Tx } from './database.ts'
import { AppError } from './errors.ts'
import type { PostgresConnection } from './postgres-connection.ts'

/** A migration may take longer than anything else. */
const SCRIPT_TIMEOUT_MS = 600_000

/** Runs `work` in a transaction on this connection; its callbacks are the caller's to run. */
export async function runInTransaction<T>(
  connection: PostgresConnection,
  schema: string,
  work: (tx: Tx) => Promise<T>,
): Promise<{ result: T; callbacks: (() => void)[] }> {
  const callbacks: (() => void)[] = []
  const statements = createStatements(connection)
  try {
    const result = await work(createPostgresTx(statements, schema, callbacks))
    await statements.commit()
    return { result, callbacks }
  } catch (error) {
    await statements.rollback()
    throw statements.beginFailure() ?? error
  }
}

type Statements = ReturnType<typeof createStatements>

/** The statements of one transaction. `begin` costs no round trip of its own. */
function createStatements(connection: PostgresConnection) {
  let begun: Promise<unknown> | undefined
  let beginFailure: unknown
  let failure: unknown

  /** Before the first statement, and in the same packet, goes `begin`. */
  function begin(): void {
    if (begun) return
    begun = connection.script('begin read write')
    begun.catch((error: unknown) => {
      beginFailure = error
    })
  }

  async function noting<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      failure ??= error
      throw error
    }
  }

  return {
    query(sql: string, params?: readonly SqlValue[]): Promise<QueryResult> {
      begin()
      return noting(connection.query(sql, params))
    },
    /** As `query`, without an answer to wait for: what goes wrong is told by `commit`, in whose packet it mostly leaves. */
    send(sql: string, params: readonly SqlValue[]): void {
      begin()
      noting(connection.query(sql, params)).catch(() => undefined)
    },
    script(sql: string): Promise<QueryResult> {
      begin()
      return noting(connection.script(sql, SCRIPT_TIMEOUT_MS))
    },
    /**
     * PostgreSQL undoes a transaction of which any statement failed, also when the work went on. Sent without waiting for
     * the answers to those statements: they come first.
     */
    async commit(): Promise<void> {
      if (!begun) return
      const { command } = await connection.script('commit')
      await begun
      if (command !== 'COMMIT') throw failure ?? new AppError('internal', 'The database rolled the transaction back.')
    },
    /** Why the transaction never began. Its statements have failed then too: outside of one nothing can be written. */
    beginFailure: () => beginFailure,
    async rollback(): Promise<void> {
      // A connection on which this fails is not used again, and the server rolls back by itself.
      if (begun) await connection.script('rollback').catch(() => undefined)
    },
  }
}

function createPostgresTx(statements: Statements, schema: string, callbacks: (() => void)[]): Tx {
  return {
    all: async <Row>(sql: string, params?: readonly SqlValue[]) => (await statements.query(sql, params)).rows as Row[], // the caller names the row its SQL yields
    run: async (sql, params) => (await statements.query(sql, params)).rowCount ?? 0,
    async insert(table, rows) {
      const [first] = rows
      if (first) statements.send(insertSql(table, Object.keys(first)), [toJson(rows)])
    },
    async insertNew(table, key, rows) {
      const [first] = rows
      if (!first) return new Set()
      const sql = `${insertSql(table, Object.keys(first))} on conflict (${key}) do nothing returning ${key}`
      // In one order, so that two transactions with the same keys wait for each other and do not deadlock.
      const answer = await statements.query(sql, [toJson(inOrderOf(key, rows))])
      const inserted = new Set(answer.rows.map((row: SqlRow) => row[key] ?? null))
      return new Set(rows.map((row) => row[key] ?? null).filter((value) => inserted.has(value)))
    },
    async update(table, key, rows) {
      const [first] = rows
      if (first) statements.send(updateSql(table, key, Object.keys(first)), [toJson(rows)])
    },
    async script(sql) {
      await statements.script(`set local statement_timeout = ${SCRIPT_TIMEOUT_MS}; ${toPostgres(sql)}`)
    },
    async lock(name) {
      await statements.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`tx:${schema}:${name}`])
    },
    afterCommit: (callback) => callbacks.push(callback),
  }
}

/** Turns comments for PostgreSQL into code. */
export function toPostgres(sql: string): string {
  return sql.replace(/\/\* postgres: (.*?) \*\//g, '$1')
}

// The table's own row type names the columns' types, so that nobody has to look them up.
function insertSql(table: string, columns: readonly string[]): string {
  const names = columns.join(', ')
  return `insert into ${table} (${names}) select ${names} from jsonb_populate_recordset(null::${table}, $1)`
}

function updateSql(table: string, key: string, columns: readonly string[]): string {
  const settings = columns.filter((column) => column !== key).map((column) => `${column} = r.${column}`)
  return `update ${table} set ${settings.join(', ')} from jsonb_populate_recordset(null::${table}, $1) r where ${table}.${key} = r.${key}`
}

function inOrderOf(key: string, rows: readonly SqlRow[]): readonly SqlRow[] {
  return rows.toSorted((a, b) => compare(a[key] ?? '', b[key] ?? ''))
}

function compare(a: string | number | bigint, b: string | number | bigint): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** As JSON that PostgreSQL takes: half of a surrogate pair becomes U+FFFD, as it does in a text parameter. */
export function toJson(rows: readonly SqlRow[]): string {
  const json = stringify(rows)
  return json.includes('\\ud') ? JSON.stringify(rows, wellFormed) : json
}

function stringify(rows: readonly SqlRow[]): string {
  try {
    return JSON.stringify(rows)
  } catch {
    return JSON.stringify(rows, wellFormed) // JSON knows no bigint; asking each value first would cost more than all the rest
  }
}

function wellFormed(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return typeof value === 'string' ? value.toWellFormed() : value
}
