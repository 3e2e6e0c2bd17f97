import { Pool, type PoolClient } from 'pg'
import { AppError, messageOf } from './errors.ts'
import { withTimeout } from './lifecycle.ts'
import type { Logger } from './logger.ts'
import { connectionConfig, type PostgresAddress, type PostgresPlace } from './postgres-address.ts'
import { createStatementNames, lendConnection, type PostgresConnection } from './postgres-connection.ts'
import { nameOf, translatePostgresError } from './postgres-errors.ts'

export interface PostgresPoolOptions {
  address: PostgresAddress
  place: PostgresPlace
  poolSize: number
  logger: Logger
}

export type PostgresPool = ReturnType<typeof createPostgresPool>

/** Beyond so many that wait for a connection the next is refused at once. */
const MAX_WAITING = 1000
const IDLE_TIMEOUT_MS = 60_000
const CLOSE_TIMEOUT_MS = 8000

/** Connections that are opened when needed and lent to one piece of work at a time. */
export function createPostgresPool({ address, place, poolSize, logger }: PostgresPoolOptions) {
  const pool = new Pool({ ...connectionConfig(address), max: poolSize, idleTimeoutMillis: IDLE_TIMEOUT_MS })
  const names = createStatementNames()
  const lent = new Set<PoolClient>()
  let isClosing = false
  let running = 0
  let onDrained: (() => void) | undefined

  // The pool has already dropped such a client; the next use opens another.
  pool.on('error', (error) => logger.debug({ err: translatePostgresError(error, place) }, 'idle database connection lost'))

  /** Errors: `unavailable` when no connection can be had, or it is lost while in use. */
  async function withConnection<T>(use: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    if (isClosing) throw new AppError('unavailable', `The connections to the ${nameOf(place)} are closed.`)
    if (pool.waitingCount >= MAX_WAITING) {
      throw new AppError('unavailable', `${MAX_WAITING} wait for a connection to the ${nameOf(place)}.`)
    }
    running += 1
    try {
      return await useClient(await connect(), use)
    } finally {
      running -= 1
      if (running === 0) onDrained?.()
    }
  }

  async function connect(): Promise<PoolClient> {
    try {
      return await pool.connect()
    } catch (error) {
      if (messageOf(error).startsWith('timeout exceeded')) {
        throw new AppError('unavailable', `All ${poolSize} connections to the ${nameOf(place)} are busy.`, { cause: error })
      }
      throw translatePostgresError(error, place)
    }
  }

  async function useClient<T>(client: PoolClient, use: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    const { connection, end } = lendConnection(client, names, place)
    let onLost: (error: Error) => void = () => undefined
    // Also work that waits for something else than the database ends when its connection is lost.
    const lost = new Promise<never>((_resolve, reject) => {
      onLost = (error) => reject(translatePostgresError(error, place))
      client.on('error', onLost)
    })
    lent.add(client)
    try {
      return await Promise.race([use(connection), lost])
    } finally {
      lent.delete(client)
      client.off('error', onLost)
      client.release(!end().isReusable)
    }
  }

  /** Lets running work end, then cuts what has not. */
  async function close(): Promise<void> {
    if (isClosing) return
    isClosing = true
    const drained = new Promise<void>((resolve) => {
      onDrained = resolve
      if (running === 0) resolve()
    })
    await withTimeout(drained, CLOSE_TIMEOUT_MS, 'Transactions did not end').catch((error: unknown) => {
      logger.warn({ err: error }, 'database connections are cut')
      for (const client of lent) client.connection.stream.destroy()
    })
    await pool.end()
  }

  return { withConnection, close }
}
