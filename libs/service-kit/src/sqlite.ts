import { EventEmitter } from 'node:events'
import { mkdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Database, SqlRow, SqlValue, Tx } from './database.ts'
import { AppError, messageOf } from './errors.ts'
import { startLeadership } from './leadership.ts'
import { createLogFlusher } from './log-flusher.ts'

/** SQLite result codes (sqlite.org/rescode.html) that mean "cannot write now", not "the statement is wrong". */
const UNAVAILABLE_CODES = new Set([5, 6, 8, 10, 13, 14]) // busy, locked, readonly, ioerr, full, cantopen
const CONSTRAINT_CODE = 19

/**
 * Opens (or makes) a SQLite file with a write-ahead log: one connection that writes and one that reads. Transactions run
 * one after the other. A transaction resolves, and its callbacks run, once it is on disk: SQLite writes the log without
 * waiting (`synchronous=NORMAL`), and we flush the log outside the event loop, one flush for all that committed before
 * it. The log is a sequence, so a power cut keeps a transaction only with all before it. A plain read may see what is
 * still on its way to disk.
 */
export function openSqlite(file: string): Database {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const writer = createConnection(file, false)
  const reader = createConnection(file, true)
  const log = createLogFlusher(`${file}-wal`)
  let lastCommitted: Promise<unknown> = Promise.resolve()
  let lastFinished: Promise<unknown> = Promise.resolve()
  const signals = new EventEmitter()

  async function commit<T>(work: (tx: Tx) => Promise<T>): Promise<{ result: T; callbacks: (() => void)[] }> {
    log.check()
    const callbacks: (() => void)[] = []
    let hasWritten = false
    writer.exec('begin immediate')
    try {
      const result = await work(
        createTx(writer, callbacks, () => {
          hasWritten = true
        }),
      )
      writer.exec('commit')
      if (hasWritten) log.markDirty()
      return { result, callbacks }
    } catch (error) {
      writer.rollback()
      throw error
    }
  }

  /** Callbacks run in the order of the commits, whichever flush came first. */
  async function finish<T>(committed: Promise<{ result: T; callbacks: (() => void)[] }>, previous: Promise<unknown>): Promise<T> {
    const { result, callbacks } = await committed
    await log.flushed()
    await previous
    for (const callback of callbacks) callback()
    return result
  }

  return {
    shared: false,
    transaction(work) {
      const committed = lastCommitted.then(() => commit(work))
      lastCommitted = committed.catch(() => undefined)
      const finished = finish(committed, lastFinished)
      lastFinished = finished.catch(() => undefined)
      return finished
    },
    all: async <Row>(sql: string, params: readonly SqlValue[] = []) => reader.all<Row>(sql, params),
    signal: (channel, text) => void setImmediate(() => signals.emit(channel, text)),
    listen(channel, onSignal) {
      signals.on(channel, onSignal)
      return () => signals.off(channel, onSignal)
    },
    // The file belongs to this process, so it leads from the start.
    lead: (_name, work) => startLeadership(async () => ({ lost: new AbortController().signal, resign: async () => undefined }), work),
    async close() {
      await lastFinished
      await log.close()
      reader.close()
      writer.close()
    },
  }
}

type Connection = ReturnType<typeof createConnection>

function createConnection(file: string, readOnly: boolean) {
  const db = new DatabaseSync(file, { timeout: 5000, readOnly })
  // A larger log between checkpoints (32 MB) spares the database file half of its writes.
  if (!readOnly) db.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma wal_autocheckpoint = 8000')
  db.exec('pragma cache_size = -8000; pragma foreign_keys = on')
  // SQL texts are constants of the code, so this map is bounded by it.
  const statements = new Map<string, StatementSync>()

  function prepare(sql: string): StatementSync {
    let statement = statements.get(sql)
    if (!statement) {
      statement = db.prepare(toSqlite(sql))
      statements.set(sql, statement)
    }
    return statement
  }

  return {
    prepare: (sql: string) => translateErrors(file, () => prepare(sql)),
    all: <Row>(sql: string, params: readonly SqlValue[]) => translateErrors(file, () => prepare(sql).all(...params) as Row[]), // the caller names the row its SQL yields
    run: (sql: string, params: readonly SqlValue[]) => translateErrors(file, () => Number(prepare(sql).run(...params).changes)),
    exec: (sql: string) => translateErrors(file, () => db.exec(sql)),
    /** SQLite has already rolled back by itself after some errors (full disk); a second rollback would hide the first cause. */
    rollback: () => {
      if (db.isTransaction) db.exec('rollback')
    },
    translate: <T>(work: () => T) => translateErrors(file, work),
    close: () => db.close(),
  }
}

function createTx(connection: Connection, callbacks: (() => void)[], onWrite: () => void): Tx {
  // Prepared statement and loop: measured twice as fast in SQLite as one statement over a JSON array, here and in updateRows.
  function insertRows(table: string, rows: readonly SqlRow[], suffix: string, onInserted?: (row: SqlRow) => void): void {
    const [first] = rows
    if (!first) return
    const columns = Object.keys(first)
    const marks = columns.map((_column, index) => `$${index + 1}`)
    onWrite()
    const statement = connection.prepare(`insert into ${table} (${columns.join(', ')}) values (${marks.join(', ')}) ${suffix}`)
    connection.translate(() => {
      for (const row of rows) {
        const values = columns.map((column) => row[column] ?? null)
        if (Number(statement.run(...values).changes) > 0) onInserted?.(row)
      }
    })
  }

  function updateRows(table: string, key: string, rows: readonly SqlRow[]): void {
    const [first] = rows
    if (!first) return
    const columns = Object.keys(first).filter((column) => column !== key)
    const settings = columns.map((column, index) => `${column} = $${index + 1}`)
    onWrite()
    const statement = connection.prepare(`update ${table} set ${settings.join(', ')} where ${key} = $${columns.length + 1}`)
    connection.translate(() => {
      for (const row of rows) statement.run(...columns.map((column) => row[column] ?? null), row[key] ?? null)
    })
  }

  return {
    all: async <Row>(sql: string, params: readonly SqlValue[] = []) => connection.all<Row>(sql, params),
    run: async (sql, params = []) => {
      onWrite()
      return connection.run(sql, params)
    },
    insert: async (table, rows) => insertRows(table, rows, ''),
    insertNew: async (table, key, rows) => {
      const inserted = new Set<SqlValue>()
      insertRows(table, rows, `on conflict (${key}) do nothing`, (row) => inserted.add(row[key] ?? null))
      return inserted
    },
    update: async (table, key, rows) => updateRows(table, key, rows),
    script: async (sql) => {
      onWrite()
      connection.exec(sql.replace(/\/\* sqlite: (.*?) \*\//g, '$1'))
    },
    lock: async () => undefined,
    afterCommit: (callback) => callbacks.push(callback),
  }
}

const RECORDSET = /jsonb_to_recordset\((\$\d+)\) as (\w+)\s*\(([^)]*)\)/g

/** Rewrites PostgreSQL's words to SQLite's; everything else is the same in both. */
export function toSqlite(sql: string): string {
  return sql
    .replace(RECORDSET, (_all, parameter: string, alias: string, columns: string) => {
      const names = columns.split(',').map((column) => column.trim().split(/\s+/)[0])
      return `(select ${names.map((name) => `value ->> '$.${name}' as ${name}`).join(', ')} from json_each(${parameter})) as ${alias}`
    })
    .replace(/\$(\d+)/g, '?$1')
    .replace(/\s+for update( of \w+)?( skip locked)?/g, '')
}

function translateErrors<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const code = primaryCode(error)
    if (code === CONSTRAINT_CODE)
      throw new AppError('conflict', `The database refuses it: ${messageOf(error)}.`, { cause: error, problem: 'constraint' })
    if (code !== undefined && UNAVAILABLE_CODES.has(code)) {
      throw new AppError('unavailable', `The database ${basename(file)} cannot be used now: ${messageOf(error)}.`, { cause: error })
    }
    throw error
  }
}

/** The low byte of SQLite's extended result code. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}
