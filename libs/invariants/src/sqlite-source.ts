import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { AppError, messageOf, toSqlite, withTimeout } from '@order-flow/service-kit'
import { SCHEMAS, type Snapshot, type Source } from './snapshot.ts'
import type { Answer, DatabaseFiles, Order } from './sqlite-thread.ts'

export interface SqliteOptions {
  dataDir: string
  /** Longest statement. */
  timeoutMs: number
}

/** Reads the files of a data folder, also of a running shop, in a thread that lives as long as the reading. */
export function openSqliteSource(options: SqliteOptions): Source {
  return {
    async read(work) {
      const thread = new Worker(new URL('./sqlite-thread.ts', import.meta.url), { workerData: findFiles(options.dataDir) })
      try {
        const snapshot = snapshotOf(thread, options)
        await snapshot.begin()
        return await work(snapshot)
      } finally {
        // It ends with the statement that runs, if one does.
        void thread.terminate()
      }
    },
  }
}

function snapshotOf(thread: Worker, { dataDir, timeoutMs }: SqliteOptions): Snapshot & { begin(): Promise<unknown> } {
  async function ask(order: Order): Promise<unknown[]> {
    const answer = await withTimeout(answerOf(thread, order), timeoutMs, 'A statement did not end').catch((error: unknown) => {
      throw new AppError('unavailable', `The databases in ${dataDir} cannot be checked: ${messageOf(error)}`, { cause: error })
    })
    if ('rows' in answer) return answer.rows
    throw new AppError('unavailable', `The databases in ${dataDir} cannot be checked: ${answer.error}.`)
  }

  const all = <Row>(sql: string, params: readonly (string | number)[] = []) =>
    ask({ type: 'all', sql: toSqlite(sql), params: [...params] }) as Promise<Row[]> // the caller names the row its SQL yields

  return {
    engine: 'sqlite',
    begin: () => ask({ type: 'begin' }),
    all,
    async hasTable(name) {
      const [schema, table = ''] = name.split('.')
      return (await all(`select name from ${schema}.sqlite_schema where type = 'table' and name = $1`, [table])).length > 0
    },
  }
}

function answerOf(thread: Worker, order: Order): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onAnswer = (answer: Answer) => {
      thread.off('error', reject)
      resolve(answer)
    }
    thread.once('message', onAnswer)
    thread.once('error', reject)
    thread.postMessage(order)
  })
}

function findFiles(dataDir: string): DatabaseFiles {
  const files = SCHEMAS.map((schema) => {
    const service = schema.replaceAll('_', '-')
    return { schema, path: join(dataDir, service, `${service}.db`) }
  })
  const missing = files.find(({ path }) => !existsSync(path))
  if (missing) {
    throw new AppError('unavailable', `${missing.path} does not exist: ${dataDir} is not the data folder of an Order Flow that has run.`)
  }
  return Object.fromEntries(files.map(({ schema, path }) => [schema, `${pathToFileURL(path).href}?mode=ro`]))
}
