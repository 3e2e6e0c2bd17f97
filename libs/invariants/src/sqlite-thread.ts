// Reads the databases of a data folder for sqlite-source.ts: SQLite works synchronously, and a check takes seconds. The
// thread lives as long as one check, so it imports nothing that takes long to load.
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

/** The databases to read: their names in SQL, and their files as URIs. */
export type DatabaseFiles = Record<string, string>

export type Order = { type: 'begin' } | { type: 'all'; sql: string; params: SQLInputValue[] }
export type Answer = { rows: unknown[] } | { error: string }

const MAX_TRIES = 2000

const files = workerData as DatabaseFiles // sqlite-source.ts gives exactly this
const names = Object.keys(files)
let reader: DatabaseSync | undefined

parentPort?.on('message', (order: Order) => parentPort?.postMessage(answer(order)))

function answer(order: Order): Answer {
  try {
    if (order.type === 'begin') {
      reader = openReader()
      begin(reader, openFiles())
      return { rows: [] }
    }
    return { rows: reader?.prepare(order.sql).all(...order.params) ?? [] }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

function openReader(): DatabaseSync {
  const db = openFiles()
  // Sorting and grouping all orders there are needs room; it is taken while a check runs.
  db.exec('pragma cache_size = -65536; pragma temp_store = memory')
  const patterns = new Map<string, RegExp>() // patterns are constants of the rules
  const patternOf = (text: string) => {
    const pattern = patterns.get(text) ?? new RegExp(text)
    patterns.set(text, pattern)
    return pattern
  }
  db.function('regexp_like', (text, pattern) => (patternOf(String(pattern)).test(String(text)) ? 1 : 0))
  db.function('regexp_substr', (text, pattern) => patternOf(String(pattern)).exec(String(text))?.[0] ?? null)
  return db
}

function openFiles(): DatabaseSync {
  const db = new DatabaseSync(':memory:', { timeout: 5000 })
  for (const [name, uri] of Object.entries(files)) db.prepare(`attach database ? as ${name}`).run(uri)
  return db
}

/**
 * Begins to read all files as they were at one moment. Each file gets its own snapshot; when none has changed from
 * before the first to after the last, they are of the same moment.
 */
function begin(db: DatabaseSync, watcher: DatabaseSync): void {
  const watchers = names.map((name) => watcher.prepare(`pragma ${name}.data_version`))
  const versions = () => watchers.map((pragma) => JSON.stringify(pragma.get())).join()
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const before = versions()
    db.exec('begin')
    for (const name of names) db.prepare(`select 1 from ${name}.sqlite_schema limit 1`).all()
    if (versions() === before) {
      watcher.close()
      return
    }
    db.exec('rollback')
  }
  throw new Error('the services write without a pause')
}
