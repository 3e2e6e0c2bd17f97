import { AppError, messageOf } from './errors.ts'
import type { Logger } from './logger.ts'
import type { LiveSession, PostgresSession } from './postgres-session.ts'

const MAX_WAITING = 1000
/** PostgreSQL's own bounds. */
const MAX_TEXT_BYTES = 7900
const MAX_CHANNEL_BYTES = 63

/** NOTIFY and LISTEN, in statements of their own: a NOTIFY inside a transaction makes commits of the whole server queue. */
export function createPostgresSignals(session: PostgresSession, schema: string, logger: Logger) {
  const listeners = new Map<string, Set<(text: string) => void>>()
  let waiting: { channel: string; text: string }[] = []
  let isSending = false

  session.onLive((live) => {
    for (const channel of listeners.keys()) listenOn(live, channel)
    sendSoon()
  })
  session.onNotification((channel, text) => {
    for (const onSignal of listeners.get(channel) ?? []) deliver(onSignal, text)
  })

  function deliver(onSignal: (text: string) => void, text: string): void {
    try {
      onSignal(text)
    } catch (error) {
      logger.error({ err: error }, 'a signal could not be handled')
    }
  }

  function listenOn({ connection, lost }: LiveSession, channel: string): void {
    connection.script(`listen "${channel}"`).catch((error: unknown) => {
      if (!lost.aborted) logger.error({ err: error, channel }, 'signals cannot be heard')
    })
  }

  /** What is signalled in one turn of the event loop, or while the previous statement runs, shares a statement. */
  function sendSoon(): void {
    if (isSending || waiting.length === 0 || !session.current()) return
    isSending = true
    setImmediate(async () => {
      const batch = waiting
      waiting = []
      try {
        await session
          .current()
          ?.connection.query('select count(pg_notify(r.channel, r.text)) from json_to_recordset($1) as r(channel text, text text)', [
            JSON.stringify(batch),
          ])
      } catch (error) {
        logger.debug({ reason: messageOf(error), signals: batch.length }, 'signals are lost')
      }
      isSending = false
      sendSoon()
    })
  }

  /** Names of different schemas never meet. */
  function channelOf(name: string): string {
    const channel = `${schema}:${name}`
    if (/["\\]/.test(name) || Buffer.byteLength(channel) > MAX_CHANNEL_BYTES) {
      throw new AppError(
        'internal',
        `"${name}" cannot be a channel: it and the schema have at most ${MAX_CHANNEL_BYTES - 1} bytes together.`,
      )
    }
    return channel
  }

  return {
    signal(name: string, text: string): void {
      const channel = channelOf(name)
      if (Buffer.byteLength(text) > MAX_TEXT_BYTES) {
        throw new AppError('internal', `A signal on "${name}" has more than ${MAX_TEXT_BYTES} bytes.`)
      }
      if (waiting.length < MAX_WAITING) waiting.push({ channel, text })
      sendSoon()
    },
    listen(name: string, onSignal: (text: string) => void): () => void {
      const channel = channelOf(name)
      const known = listeners.get(channel)
      if (known) known.add(onSignal)
      else {
        listeners.set(channel, new Set([onSignal]))
        const live = session.current()
        if (live) listenOn(live, channel)
      }
      // The channel stays open: there are few, and they are listened to as long as the process runs.
      return () => listeners.get(channel)?.delete(onSignal)
    },
  }
}
