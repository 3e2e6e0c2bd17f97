import { AppError, backoffMs, type Logger, withTimeout } from '@order-flow/service-kit'
import { type ChannelModel, connect } from 'amqplib'
import { pauseOrAbort } from '../delivery-queue.ts'
import { describeAddress, type RabbitAddress } from './address.ts'
import type { Changes } from './changes.ts'
import { checkVersion, isLasting, problemOf } from './problem.ts'
import { createSession, type Session } from './session.ts'

const CONNECT_TIMEOUT_MS = 10_000
const SET_UP_TIMEOUT_MS = 60_000
const KEEP_ALIVE_DELAY_MS = 30_000
const RETRY_BASE_MS = 200
const RETRY_MAX_MS = 10_000
/** Between tries when somebody has to change something first. */
const LASTING_RETRY_MS = 30_000
/** A connection that ended sooner counts as one more failure in a row. */
const SOUND_LIFE_MS = 10_000

export interface LinkOptions {
  address: RabbitAddress
  /** What operators of the server see as the connection's name. */
  name: string
  /** Makes what the connection is for; called for each new connection. */
  setUp: (session: Session) => Promise<void>
  /** Told whenever `problem()` may have changed. */
  changes: Changes
  logger: Logger
}

/** A connection that is made at once, and again with all that is on it whenever it ends, until it is closed. */
export interface Link {
  /** Resolves when it is set up. Rejects at once for what waiting does not mend, else after the time, with the reason. */
  ready(timeoutMs: number): Promise<void>
  /** Why it cannot be used now. */
  problem(): AppError | undefined
  close(): Promise<void>
}

export function createLink({ address, name, setUp, changes, logger }: LinkOptions): Link {
  const closed = new AbortController()
  let problem: AppError | undefined = new AppError('unavailable', `${describeAddress(address)} has not answered yet.`)
  let session: Session | undefined
  let failures = 0

  async function live(): Promise<void> {
    while (!closed.signal.aborted) {
      const startedMs = performance.now()
      const found = problemOf(await connectAndUse(), address)
      if (closed.signal.aborted) return
      problem = found
      changes.announce()
      failures = performance.now() - startedMs > SOUND_LIFE_MS ? 1 : failures + 1
      const retryInMs = isLasting(found) ? LASTING_RETRY_MS : backoffMs(failures, RETRY_BASE_MS, RETRY_MAX_MS)
      logger[isLasting(found) ? 'error' : 'warn'](
        { connection: name, problem: found.message, attempt: failures, retryInMs },
        'message queue cannot be used',
      )
      await pauseOrAbort(retryInMs, closed.signal)
    }
  }

  /** Until the connection ends; answers why. */
  async function connectAndUse(): Promise<unknown> {
    try {
      session = createSession(await open())
      closed.signal.throwIfAborted()
      checkVersion(`${session.model.connection.serverProperties.version}`, address)
      await withTimeout(Promise.race([setUp(session), session.ended]), SET_UP_TIMEOUT_MS, 'The queues could not be declared')
      closed.signal.throwIfAborted()
      problem = undefined
      changes.announce()
      logger.info({ connection: name, host: address.host, port: address.port }, 'message queue connected')
      return await session.ended
    } catch (error) {
      return error
    } finally {
      await session?.close()
      session = undefined
    }
  }

  async function open(): Promise<{ model: ChannelModel; destroy: () => void }> {
    const socket = new AbortController()
    const destroy = () => socket.abort()
    closed.signal.addEventListener('abort', destroy)
    try {
      const options = {
        timeout: CONNECT_TIMEOUT_MS,
        keepAlive: true,
        keepAliveDelay: KEEP_ALIVE_DELAY_MS,
        noDelay: true,
        clientProperties: { connection_name: name },
        // The library ends a socket only politely; on a dead network that leaves it for many minutes.
        signal: socket.signal,
      }
      return { model: await connect(address.url, options), destroy }
    } finally {
      closed.signal.removeEventListener('abort', destroy)
    }
  }

  const living = live()
  return {
    async ready(timeoutMs) {
      const deadlineMs = performance.now() + timeoutMs
      for (let reason = problem; reason; reason = problem) {
        const leftMs = deadlineMs - performance.now()
        if (closed.signal.aborted || isLasting(reason) || leftMs <= 0) throw reason
        await changes.next(leftMs)
      }
    },
    problem: () => problem,
    async close() {
      closed.abort()
      problem = new AppError('unavailable', 'The message queue is closed.')
      changes.announce()
      session?.fail(problem)
      await living
    },
  }
}
