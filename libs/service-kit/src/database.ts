import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type SqlValue = string | number | bigint | null
export type SqlRow = Record<string, SqlValue>

/**
 * What one transaction can do. SQL is written once, in PostgreSQL's words: `$1` parameters,
 * `jsonb_to_recordset($1) as r(sku text, quantity bigint)` for a JSON array of rows, `for update`. Engines that spell
 * these otherwise rewrite them (see sqlite.ts). Booleans are integers 0 and 1, times ISO 8601 text, documents JSON text.
 */
export interface Tx extends Queryable {
  /** Answers the number of rows changed. */
  run(sql: string, params?: readonly SqlValue[]): Promise<number>
  /**
   * Adds rows that all have the same columns, as a set. A duplicate key fails the whole; PostgreSQL may say so at the end of
   * the transaction only, as for `update`: neither is waited for.
   */
  insert(table: string, rows: readonly SqlRow[]): Promise<void>
  /** Adds the rows whose key is new and answers the keys that were, in order. */
  insertNew(table: string, key: string, rows: readonly SqlRow[]): Promise<Set<SqlValue>>
  /** Sets the columns of the rows with these keys, as a set. All rows have the same columns, the key among them. */
  update(table: string, key: string, rows: readonly SqlRow[]): Promise<void>
  /**
   * Several statements without parameters, for migrations. What only one engine understands stands in a comment that
   * begins with the engine's name: `/* sqlite: without rowid *\/`, `/* postgres: using gin *\/`.
   */
  script(sql: string): Promise<void>
  /**
   * Waits until no other transaction on this database, in whichever process, holds the lock of this name, and holds it to
   * the end. On SQLite transactions run one after the other anyway.
   */
  lock(name: string): Promise<void>
  /** Runs once the commit is durable; never after a rollback. */
  afterCommit(callback: () => void): void
}

export interface Queryable {
  /** `Row` is what the columns of this very SQL text yield; it is not checked. */
  all<Row>(sql: string, params?: readonly SqlValue[]): Promise<Row[]>
}

/** A service's own database. Reads outside a transaction see what is committed. */
export interface Database extends Queryable {
  /**
   * Whether other processes may use it at the same time. Then transactions run beside each other (read committed): what
   * a decision rests on is locked first (`for update`), and rows are locked in one order.
   */
  readonly shared: boolean
  /**
   * Runs `work` in one durable transaction: commits when it resolves, rolls back when it rejects. Nothing external is
   * awaited inside. A shared database runs `work` again after a deadlock or serialization failure, so it changes nothing
   * but through `tx`; what is to happen in memory goes into `afterCommit`. Errors: `unavailable` when the engine cannot
   * write (full disk, gone server) or is too slow. When the server is lost during the commit nobody knows whether it was
   * committed: that is `unavailable` too, so whoever tries again uses the same keys and ids.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * Tells every process that listens to the channel on this database, this one included, soon and without a guarantee:
   * a hint to look, never the only word. `text`: at most 7,900 bytes.
   */
  signal(channel: string, text: string): void
  /** Calls back for every signal of the channel; answers how to stop. The callback does not throw. */
  listen(channel: string, onSignal: (text: string) => void): () => void
  /**
   * Runs `work` in one of the processes of this database at a time, for as long as this one leads; another takes over
   * within seconds when this one dies. `lost` aborts when leadership ends (also by `stop()`); `work` then resolves.
   * Work that ends or fails earlier is run again after a pause. For a moment two may believe they lead: what the work
   * does must bear that.
   */
  lead(name: string, work: (lost: AbortSignal) => Promise<void>): Leadership
  close(): Promise<void>
}

/** A place in the queue for leadership. `stop()` leaves it and resolves when the work has ended. */
export interface Leadership {
  stop(): Promise<void>
}

/** Applies the folder's `NNN-name.sql` files that this database has not seen yet, in order: all of them or none. */
export async function migrate(db: Database, folder: string): Promise<void> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  await migrateScripts(
    db,
    files.map((name) => ({ name, sql: readFileSync(join(folder, name), 'utf8') })),
  )
}

/** The same for scripts that a library carries. Names are unique within a database. Several processes may do it at once. */
export async function migrateScripts(db: Database, scripts: readonly { name: string; sql: string }[]): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.lock('migrations')
    await tx.script('create table if not exists schema_migrations (name text primary key, applied_at text not null)')
    const applied = new Set((await tx.all<{ name: string }>('select name from schema_migrations')).map((row) => row.name))
    for (const { name, sql } of scripts) {
      if (applied.has(name)) continue
      await tx.script(sql)
      await tx.insert('schema_migrations', [{ name, applied_at: new Date().toISOString() }])
    }
  })
}
