import { backoffMs, withTimeout } from '@order-flow/service-kit'
import { pauseOrAbort } from './delivery-queue.ts'
import type { Message } from './message.ts'
import type { Relay, RelayOptions } from './outbox.ts'

const DEFAULT_MAX_IN_FLIGHT = 4000
const DEFAULT_MAX_BATCH = 500
/** Confirmed rows are deleted together; a crash before that only publishes them again. */
const DELETE_DELAY_MS = 100
const DELETE_RETRY_MS = 2000
const STOP_TIMEOUT_MS = 2000

/**
 * The relay of a database that belongs to this process alone: events are published from memory after their commit, in
 * order; when memory is full or the process is new, from the table, oldest first.
 */
export function createMemoryRelay({
  db,
  broker,
  logger,
  maxInFlight = DEFAULT_MAX_IN_FLIGHT,
  maxBatch = DEFAULT_MAX_BATCH,
}: RelayOptions): Relay {
  /** Committed events not yet given to the broker, in order. Undefined: the table is ahead of memory and must be read first. */
  let fresh: Message[] | undefined
  let inFlight = 0
  let confirmed: string[] = []
  let deleteTimer: NodeJS.Timeout | undefined
  let relaying: Promise<void> | undefined
  let failures = 0
  const stopped = new AbortController()
  let stopping = false
  let started = false
  let waiters: (() => void)[] = []

  function committed(messages: readonly Message[]): void {
    if (fresh && fresh.length + messages.length <= maxInFlight) fresh.push(...messages)
    else fresh = undefined
    kick()
  }

  function kick(): void {
    wake()
    if (started && !stopping) {
      relaying ??= relay().finally(() => {
        relaying = undefined
        // Something may have come between the last look and now.
        if (!fresh || fresh.length > 0) kick()
      })
    }
  }

  /** Gives batches to the broker while there is something to give and room for it. */
  async function relay(): Promise<void> {
    while (!stopping) {
      if (inFlight >= maxInFlight) {
        await woken()
        continue
      }
      if (failures > 0) await pauseOrAbort(backoffMs(failures, 50, 10_000), stopped.signal)
      try {
        const batch = await nextBatch()
        if (batch.length === 0) return
        publish(batch)
      } catch (error) {
        failures += 1
        logger.error({ err: error }, 'outbox cannot be read')
      }
    }
  }

  /** From memory; when the table is ahead, everything in it first, after which memory is trusted again. */
  async function nextBatch(): Promise<Message[]> {
    if (fresh) return fresh.splice(0, maxBatch)
    // Whatever is in flight is still in the table: wait until it is gone, so that nothing is read twice.
    while (inFlight > 0 && !stopping) await woken()
    await deleteConfirmed()
    if (stopping) return []
    // Memory is trusted from the commit of an empty look on: callbacks run in the order of their commits, so whatever was
    // committed before is in the rows, and whatever comes after is remembered.
    return db.transaction(async (tx) => {
      const rows = await tx.all<Message>(
        'select id, type, partition_key as "partitionKey", event as body from outbox order by id limit $1',
        [maxInFlight + 1],
      )
      if (rows.length <= maxInFlight) {
        tx.afterCommit(() => {
          fresh = []
        })
      }
      return rows.slice(0, maxInFlight)
    })
  }

  function publish(batch: Message[]): void {
    inFlight += batch.length
    broker
      .publish(batch)
      .then(
        () => {
          failures = 0
          confirmed.push(...batch.map(({ id }) => id))
          scheduleDelete()
        },
        (error: unknown) => {
          // The rows are still in the table: read it again, oldest first.
          fresh = undefined
          failures += 1
          if (!stopping) logger.warn({ events: batch.length, err: error }, 'publishing failed, trying again')
        },
      )
      .finally(() => {
        inFlight -= batch.length
        kick()
      })
  }

  function scheduleDelete(delayMs = DELETE_DELAY_MS): void {
    deleteTimer ??= setTimeout(() => {
      deleteConfirmed().catch((error: unknown) => {
        logger.warn({ err: error }, 'confirmed events cannot be removed from the outbox, trying again')
        if (!stopping) scheduleDelete(DELETE_RETRY_MS)
      })
    }, delayMs)
  }

  async function deleteConfirmed(): Promise<void> {
    const ids = confirmed
    confirmed = []
    clearTimeout(deleteTimer)
    deleteTimer = undefined
    if (ids.length === 0) return
    const rows = JSON.stringify(ids.map((id) => ({ id })))
    try {
      await db.transaction((tx) => tx.run('delete from outbox where id in (select r.id from jsonb_to_recordset($1) as r(id text))', [rows]))
    } catch (error) {
      confirmed = [...ids, ...confirmed]
      throw error
    }
  }

  async function settle(): Promise<void> {
    while (inFlight > 0) await woken()
    await relaying
  }

  function woken(): Promise<void> {
    return new Promise((resolve) => {
      waiters.push(resolve)
    })
  }

  function wake(): void {
    const woken = waiters
    waiters = []
    for (const resume of woken) resume()
  }

  return {
    committed,
    waiting: () => inFlight + (fresh?.length ?? 0),
    start() {
      started = true
      kick()
    },
    async stop() {
      stopping = true
      stopped.abort()
      wake()
      await withTimeout(settle(), STOP_TIMEOUT_MS, 'The broker did not answer for what was published').catch((error: unknown) =>
        logger.warn({ err: error }, 'outbox stopped with events in flight; they are published again after the next start'),
      )
      await deleteConfirmed()
    },
  }
}
