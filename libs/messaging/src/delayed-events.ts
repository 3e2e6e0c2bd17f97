import type { CloudEvent, DeadLetter } from '@order-flow/contracts'
import { AppError, type Database, type Tx } from '@order-flow/service-kit'

/** What is known after a failed try. `dueAt` null and `parkedAt` set: given up. */
export interface FailedTry {
  attempts: number
  cause: string
  dueAt: string | null
  parkedAt: string | null
}

export interface DueEvent {
  event: CloudEvent
  attempts: number
}

export type DelayedEvents = ReturnType<typeof createDelayedEvents>

const MAX_DUE = 100

/**
 * Events that could not be handled yet: each tried again when due, or parked for a person to look at, and those of the
 * same partition key that wait behind them. The first of a key is the one that was tried; the others have no due time.
 */
export function createDelayedEvents(db: Database) {
  /** Whether anything is delayed at all. */
  async function isAny(tx: Tx): Promise<boolean> {
    return (await tx.all('select 1 as one from delayed_events limit 1')).length > 0
  }

  /**
   * Which of the events' keys have a delayed one. It is locked, so that it is not taken out while another is stored
   * behind it.
   */
  async function lockBlockedKeys(tx: Tx, events: readonly CloudEvent[]): Promise<Set<string>> {
    const rows = await tx.all<{ partition_key: string }>(
      `select partition_key from delayed_events
       where partition_key in (select r.partition_key from jsonb_to_recordset($1) as r(partition_key text)) order by event_id for update`,
      [JSON.stringify(events.map(({ partitionkey }) => ({ partition_key: partitionkey })))],
    )
    return new Set(rows.map((row) => row.partition_key))
  }

  /** Stores events behind those of their keys that are delayed. */
  async function holdBack(tx: Tx, events: readonly CloudEvent[]): Promise<void> {
    for (const event of events) await insert(tx, event, { attempts: 0, cause: '', dueAt: null, parkedAt: null })
  }

  async function add(tx: Tx, event: CloudEvent, outcome: FailedTry): Promise<void> {
    await insert(tx, event, outcome)
  }

  async function insert(tx: Tx, event: CloudEvent, { attempts, cause, dueAt, parkedAt }: FailedTry): Promise<void> {
    const [handled] = await tx.all('select event_id from inbox where event_id = $1', [event.id])
    if (handled) return
    const [last] = await tx.all<{ position: number }>(
      'select coalesce(max(position), 0) as position from delayed_events where partition_key = $1',
      [event.partitionkey],
    )
    await tx.insertNew('delayed_events', 'event_id', [
      {
        event_id: event.id,
        position: (last?.position ?? 0) + 1,
        partition_key: event.partitionkey,
        event: JSON.stringify(event),
        attempts,
        due_at: dueAt,
        parked_at: parkedAt,
        cause: cause || null,
      },
    ])
  }

  async function due(at: string): Promise<DueEvent[]> {
    const rows = await db.all<{ event: string; attempts: number }>(
      'select event, attempts from delayed_events where due_at <= $1 order by due_at limit $2',
      [at, MAX_DUE],
    )
    return rows.map((row) => ({ event: JSON.parse(row.event) as CloudEvent, attempts: row.attempts })) // we wrote it
  }

  /** Takes the event out and makes the next of its key due. */
  async function remove(tx: Tx, event: CloudEvent, at: string): Promise<void> {
    await tx.run('delete from delayed_events where event_id = $1', [event.id])
    await tx.run(
      `update delayed_events set due_at = $2 where partition_key = $1 and parked_at is null and position =
         (select min(position) from delayed_events where partition_key = $1)`,
      [event.partitionkey, at],
    )
  }

  async function update(tx: Tx, eventId: string, { attempts, cause, dueAt, parkedAt }: FailedTry): Promise<void> {
    await tx.run('update delayed_events set attempts = $2, cause = $3, due_at = $4, parked_at = $5 where event_id = $1', [
      eventId,
      attempts,
      cause,
      dueAt,
      parkedAt,
    ])
  }

  async function parked(): Promise<DeadLetter[]> {
    const rows = await db.all<{ event: string; attempts: number; cause: string; parked_at: string; behind: number }>(
      `select d.event, d.attempts, d.cause, d.parked_at,
         (select count(*) from delayed_events w where w.partition_key = d.partition_key and w.position > d.position) as behind
       from delayed_events d where d.parked_at is not null order by d.parked_at, d.event_id limit 500`,
    )
    return rows.map((row) => {
      const event = JSON.parse(row.event) as CloudEvent // we wrote it
      return {
        id: event.id,
        type: event.type,
        subject: event.subject,
        attempts: row.attempts,
        cause: row.cause,
        parkedAt: row.parked_at,
        waitingBehind: row.behind,
      }
    })
  }

  /** Has a parked event tried again at once, with a full set of tries. Errors: `not_found`. */
  async function replay(eventId: string, at: string): Promise<void> {
    const changed = await db.transaction((tx) =>
      tx.run('update delayed_events set attempts = 0, due_at = $2, parked_at = null where event_id = $1 and parked_at is not null', [
        eventId,
        at,
      ]),
    )
    if (changed === 0) throw new AppError('not_found', `There is no parked event ${eventId}.`)
  }

  /** Gives a parked event up for good; those behind it go on. Errors: `not_found`. */
  async function discard(eventId: string, at: string): Promise<void> {
    await db.transaction(async (tx) => {
      const [row] = await tx.all<{ event: string }>('select event from delayed_events where event_id = $1 and parked_at is not null', [
        eventId,
      ])
      if (!row) throw new AppError('not_found', `There is no parked event ${eventId}.`)
      await remove(tx, JSON.parse(row.event) as CloudEvent, at) // we wrote it
      await tx.insertNew('inbox', 'event_id', [{ event_id: eventId }])
    })
  }

  return { isAny, lockBlockedKeys, holdBack, add, due, remove, update, parked, replay, discard }
}
