import { setTimeout as pause } from 'node:timers/promises'
import { backoffMs } from './backoff.ts'
import type { Database, SqlValue } from './database.ts'
import { startLeadership } from './leadership.ts'
import type { Logger } from './logger.ts'
import { type PostgresAddress, placeOf } from './postgres-address.ts'
import { createPostgresCampaign } from './postgres-campaign.ts'
import { mayBeRunAgain, sqlStateOf } from './postgres-errors.ts'
import { createPostgresPool } from './postgres-pool.ts'
import { createSchema } from './postgres-schema.ts'
import { createPostgresSession } from './postgres-session.ts'
import { createPostgresSignals } from './postgres-signals.ts'
import { runInTransaction } from './postgres-tx.ts'

export interface PostgresOptions extends PostgresAddress {
  /** Most connections at once, beside one for signals and leadership. */
  poolSize: number
  logger: Logger
}

const MAX_TRIES = 8

/**
 * Opens a schema of a PostgreSQL server, and makes it when the role may. Connects when first used, and again whenever
 * that is needed. Errors of what it is used for: `unavailable` as long as the server is, `internal` with how to mend it
 * when address, password or privileges are wrong.
 */
export function openPostgres({ poolSize, logger, ...address }: PostgresOptions): Database {
  const place = placeOf(address.url)
  const pool = createPostgresPool({ address, place, poolSize, logger })
  const session = createPostgresSession({ address, place, logger })
  const signals = createPostgresSignals(session, address.schema, logger)
  const campaign = createPostgresCampaign(session, address.schema)
  const ready = createOnce(() => createSchema(pool, address.schema, place))

  return {
    shared: true,
    async transaction(work) {
      await ready()
      const { result, callbacks } = await again(() =>
        pool.withConnection((connection) => runInTransaction(connection, address.schema, work)),
      )
      for (const callback of callbacks) callback()
      return result
    },
    async all<Row>(sql: string, params?: readonly SqlValue[]) {
      await ready()
      const answer = await again(() => pool.withConnection((connection) => connection.query(sql, params)))
      return answer.rows as Row[] // the caller names the row its SQL yields
    },
    signal: (channel, text) => signals.signal(channel, text),
    listen: (channel, onSignal) => signals.listen(channel, onSignal),
    lead: (name, work) => startLeadership((stopped) => campaign(name, stopped), work),
    async close() {
      await session.close()
      await pool.close()
    },
  }

  async function again<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work()
      } catch (error) {
        if (tries === MAX_TRIES || !mayBeRunAgain(error)) throw error
        logger.debug({ tries, sqlState: sqlStateOf(error) }, 'transaction is run again')
        await pause(backoffMs(tries, 10, 500))
      }
    }
  }
}

/** Does it at the first call and, until it has succeeded, at later ones; those that call meanwhile wait for the same. */
function createOnce(work: () => Promise<void>): () => Promise<void> | undefined {
  let isDone = false
  let doing: Promise<void> | undefined
  return () => {
    if (isDone) return undefined
    doing ??= work()
      .then(() => {
        isDone = true
      })
      .finally(() => {
        doing = undefined
      })
    return doing
  }
}
