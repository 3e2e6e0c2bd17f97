import { EventEmitter, once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Client, type Notification } from 'pg'
import { backoffMs } from './backoff.ts'
import { AppError, messageOf } from './errors.ts'
import type { Logger } from './logger.ts'
import { connectionConfig, type PostgresAddress, type PostgresPlace } from './postgres-address.ts'
import { createStatementNames, lendConnection, type PostgresConnection } from './postgres-connection.ts'
import { nameOf, translatePostgresError } from './postgres-errors.ts'

export interface PostgresSessionOptions {
  address: PostgresAddress
  place: PostgresPlace
  logger: Logger
}

/** The connection as long as it is there. */
export interface LiveSession {
  connection: PostgresConnection
  /** Aborts when it is lost. */
  lost: AbortSignal
  cut(): void
}

export type PostgresSession = ReturnType<typeof createPostgresSession>

const HEARTBEAT_MS = 2000
const HEARTBEAT_TIMEOUT_MS = 3000

/**
 * One connection for what belongs to a connection: signals and advisory locks. Opened when first needed, then kept until
 * `close()` and opened again, with backoff, whenever it is lost. A server that does not answer counts as lost within 5 s.
 */
export function createPostgresSession({ address, place, logger }: PostgresSessionOptions) {
  const names = createStatementNames()
  const events = new EventEmitter()
  events.setMaxListeners(0) // one for each leadership that waits
  const closed = new AbortController()
  let live: LiveSession | undefined
  let keeping: Promise<void> | undefined

  async function keepConnected(): Promise<void> {
    for (let failures = 0; !closed.signal.aborted; failures += 1) {
      try {
        live = await connect()
        failures = 0
        events.emit('live', live)
        await beat(live)
      } catch (error) {
        warn(error)
      }
      live?.cut()
      live = undefined
      await pause(backoffMs(failures + 1, 100, 5000), undefined, { signal: closed.signal }).catch(() => undefined)
    }
  }

  function warn(error: unknown): void {
    if (!closed.signal.aborted) logger.warn({ reason: messageOf(error) }, 'no database connection for signals and leadership, trying again')
  }

  async function connect(): Promise<LiveSession> {
    // Signals are hints, so they need not wait for the disk.
    const client = new Client(connectionConfig(address, { synchronous_commit: 'off' }))
    const lost = new AbortController()
    client.on('error', (error) => lost.abort(translatePostgresError(error, place)))
    client.on('notification', ({ channel, payload }: Notification) => events.emit('notification', channel, payload ?? ''))
    try {
      await client.connect()
    } catch (error) {
      throw translatePostgresError(error, place)
    }
    const { connection } = lendConnection(client, names, place)
    const cut = () => {
      lost.abort(new AppError('unavailable', `The connection to the ${nameOf(place)} is closed.`))
      client.connection.stream.destroy()
    }
    return { connection, lost: lost.signal, cut }
  }

  /** Asks now and then whether the server is still there; returns when the session is closed, else rejects. */
  async function beat({ connection, lost }: LiveSession): Promise<void> {
    const ended = AbortSignal.any([lost, closed.signal])
    while (!closed.signal.aborted) {
      await connection.query('select 1 as alive', [], HEARTBEAT_TIMEOUT_MS)
      await pause(HEARTBEAT_MS, undefined, { signal: ended }).catch(() => undefined)
      lost.throwIfAborted()
    }
  }

  function open(): void {
    if (!closed.signal.aborted) keeping ??= keepConnected()
  }

  return {
    /** The connection, or undefined while there is none; then `onLive` tells when. */
    current(): LiveSession | undefined {
      open()
      return live
    },
    /** Waits for the connection. Rejects when `stopped` aborts, or the session is closed, before it is there. */
    async whenLive(stopped: AbortSignal): Promise<LiveSession> {
      open()
      if (live) return live
      const [connected] = await once(events, 'live', { signal: AbortSignal.any([stopped, closed.signal]) })
      return connected
    },
    onLive: (callback: (session: LiveSession) => void) => void events.on('live', callback),
    onNotification: (callback: (channel: string, payload: string) => void) => void events.on('notification', callback),
    async close(): Promise<void> {
      closed.abort()
      live?.cut()
      await keeping
    },
  }
}
