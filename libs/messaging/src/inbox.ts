import { type CloudEvent, EVENT_DATA, type EventType } from '@order-flow/contracts'
import {
  AppError,
  backoffMs,
  createParser,
  type Database,
  type Leadership,
  type Logger,
  messageOf,
  smallestIdAt,
  type Tx,
} from '@order-flow/service-kit'
import { createDelayedEvents, type DelayedEvents } from './delayed-events.ts'
import { pauseOrAbort } from './delivery-queue.ts'

/** Applies events of one type, at most one per partition key, within the transaction that also notes them as handled. */
export type EventHandler<T extends EventType = EventType> = (tx: Tx, events: CloudEvent<T>[]) => Promise<void>
export type EventHandlers = { [T in EventType]?: EventHandler<T> }

/**
 * Applies a whole batch of new events, in the order of their arrival, within that transaction: for a service that locks
 * or writes for all of them at once.
 */
export interface BatchHandler {
  types: readonly EventType[]
  handle(tx: Tx, events: readonly CloudEvent[]): Promise<void>
}

export interface InboxOptions {
  db: Database
  handlers: EventHandlers | BatchHandler
  logger: Logger
  /** Tries of one event before it is parked. */
  maxAttempts?: number
  baseDelayMs?: number
  maxDelayMs?: number
  /** How old an event is when its id is forgotten; until then a repeat is known. */
  keepHandledMs?: number
  now?: () => Date
}

export interface Inbox {
  /**
   * Takes a batch over: when it resolves, each event's effect is committed, or the event is stored for a later try.
   * Rejects only when the database cannot be written; the broker then delivers again.
   */
  handle(events: readonly CloudEvent[]): Promise<void>
  /** Starts trying delayed events again and forgetting old ids. */
  start(): void
  stop(): Promise<void>
  delayed: DelayedEvents
}

const DAY_MS = 86_400_000
const RETRY_POLL_MS = 250
const FORGET_EVERY_MS = 600_000

/**
 * The inbox: at-least-once delivery, exactly-once effect. A batch is one transaction: new ids are noted, handlers
 * applied. When that fails the batch is halved until the culprit is alone; it is stored and tried again with backoff,
 * then parked with its cause. Later events of the same partition key wait behind it; others go on.
 */
export function createInbox(options: InboxOptions): Inbox {
  const {
    db,
    logger,
    maxAttempts = 6,
    baseDelayMs = 200,
    maxDelayMs = 30_000,
    keepHandledMs = 7 * DAY_MS,
    now = () => new Date(),
  } = options
  const delayed = createDelayedEvents(db)
  const handler = 'handle' in options.handlers ? options.handlers : inTurns(options.handlers)
  const parsers = new Map(handler.types.map((type) => [type, createParser(EVENT_DATA[type], `The data of ${type}`)]))
  let leadership: Leadership | undefined
  /** Whether in the last batch every event was new and nothing was delayed. */
  let isUsual = true

  async function handle(events: readonly CloudEvent[]): Promise<void> {
    try {
      const done = isUsual && (await applyIfUsual(events))
      if (!done) await db.transaction((tx) => applyNew(tx, events))
    } catch (error) {
      // Without a database no event is to blame.
      await db.all('select 1 as one')
      if (events.length > 1) {
        const middle = Math.ceil(events.length / 2)
        await handle(events.slice(0, middle))
        return handle(events.slice(middle))
      }
      const [event] = events
      if (event) await delayFirst(event, error)
    }
  }

  /**
   * Usually every event is new and nothing is delayed, so the handler begins before that is known: what it reads first is
   * asked for in the same round trip. Answers false, and has changed nothing, when it was otherwise.
   */
  async function applyIfUsual(events: readonly CloudEvent[]): Promise<boolean> {
    try {
      await db.transaction(async (tx) => {
        const [isAnyDelayed, noted, applied] = await Promise.allSettled([delayed.isAny(tx), note(tx, events), apply(tx, events)])
        isUsual = !resultOf(isAnyDelayed) && resultOf(noted).size === events.length
        if (!isUsual) throw new Unusual()
        resultOf(applied)
      })
      return true
    } catch (error) {
      if (error instanceof Unusual) return false
      throw error
    }
  }

  async function applyNew(tx: Tx, events: readonly CloudEvent[]): Promise<void> {
    // Together: one round trip.
    const [isAnyDelayed, noted] = await Promise.all([delayed.isAny(tx), note(tx, events)])
    isUsual = !isAnyDelayed && noted.size === events.length
    const blocked = isAnyDelayed ? await delayed.lockBlockedKeys(tx, events) : new Set<string>()
    const waiting = events.filter((event) => blocked.has(event.partitionkey))
    if (waiting.length > 0) {
      await forget(
        tx,
        waiting.filter((event) => noted.has(event.id)),
      )
      await delayed.holdBack(tx, waiting)
    }
    const free = events.filter((event) => !blocked.has(event.partitionkey))
    await apply(
      tx,
      free.filter((event) => noted.delete(event.id)), // delete: a repeat within the batch counts once
    )
  }

  /** Notes the ids as handled; answers those that were not yet. */
  function note(tx: Tx, events: readonly CloudEvent[]): Promise<Set<unknown>> {
    return tx.insertNew(
      'inbox',
      'event_id',
      events.map((event) => ({ event_id: event.id })),
    )
  }

  async function forget(tx: Tx, events: readonly CloudEvent[]): Promise<void> {
    await tx.run('delete from inbox where event_id in (select r.id from jsonb_to_recordset($1) as r(id text))', [
      JSON.stringify(events.map(({ id }) => ({ id }))),
    ])
  }

  async function apply(tx: Tx, events: readonly CloudEvent[]): Promise<void> {
    for (const { type, data } of events) {
      const parse = parsers.get(type)
      if (!parse) throw new AppError('invalid', `There is no handler for ${type}.`)
      parse(data)
    }
    if (events.length > 0) await handler.handle(tx, events)
  }

  async function delayFirst(event: CloudEvent, error: unknown): Promise<void> {
    await db.transaction((tx) => delayed.add(tx, event, afterFailure(1, error)))
    logger.warn({ eventId: event.id, type: event.type, subject: event.subject, err: error }, 'event failed, stored for a later try')
  }

  /** What a bad event is will not change by itself; everything else may. */
  function afterFailure(attempts: number, error: unknown) {
    const hopeless =
      error instanceof AppError && (error.code === 'invalid' || (error.code === 'conflict' && error.problem !== 'constraint'))
    const at = now()
    const parked = hopeless || attempts >= maxAttempts
    const dueAt = new Date(at.getTime() + backoffMs(attempts, baseDelayMs, maxDelayMs))
    return { attempts, cause: messageOf(error), dueAt: parked ? null : dueAt.toISOString(), parkedAt: parked ? at.toISOString() : null }
  }

  async function retryDue(): Promise<void> {
    for (const due of await delayed.due(now().toISOString())) {
      try {
        await db.transaction(async (tx) => {
          await delayed.remove(tx, due.event, now().toISOString())
          const inserted = await tx.insertNew('inbox', 'event_id', [{ event_id: due.event.id }])
          if (inserted.size > 0) await apply(tx, [due.event])
        })
      } catch (error) {
        const outcome = afterFailure(due.attempts + 1, error)
        await db.transaction((tx) => delayed.update(tx, due.event.id, outcome))
        const fields = { eventId: due.event.id, type: due.event.type, subject: due.event.subject, attempts: outcome.attempts, err: error }
        if (outcome.parkedAt) logger.error(fields, 'event parked; see "npm run dead-letters"')
        else logger.warn(fields, 'event failed again')
      }
    }
  }

  /** One process of a database does it. */
  async function tryAgainAndForget(lost: AbortSignal): Promise<void> {
    let failures = 0
    let forgetAtMs = performance.now() + FORGET_EVERY_MS
    while (!lost.aborted) {
      try {
        await retryDue()
        if (performance.now() > forgetAtMs) {
          forgetAtMs = performance.now() + FORGET_EVERY_MS
          await forgetHandled()
        }
        failures = 0
      } catch (error) {
        failures += 1
        logger.error({ err: error }, 'delayed events cannot be tried, or old inbox rows not removed')
      }
      await pauseOrAbort(failures === 0 ? RETRY_POLL_MS : backoffMs(failures, 1000, 30_000), lost)
    }
  }

  async function forgetHandled(): Promise<void> {
    const before = smallestIdAt(new Date(now().getTime() - keepHandledMs))
    await db.transaction((tx) => tx.run('delete from inbox where event_id < $1', [before]))
  }

  return {
    handle,
    delayed,
    start() {
      leadership = db.lead('inbox-retries', tryAgainAndForget)
    },
    async stop() {
      await leadership?.stop()
    },
  }
}

/** Undoes a transaction that began as if its batch were usual. */
class Unusual extends Error {}

function resultOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason
  return settled.value
}

/** The event types that have a handler. */
export function typesOf(handlers: EventHandlers | BatchHandler): readonly EventType[] {
  return 'handle' in handlers ? handlers.types : (Object.keys(handlers) as EventType[]) // its keys are EventTypes by its type
}

/** Handles a batch in rounds, each with at most one event per partition key, and each round type by type. */
export function inTurns(handlers: EventHandlers): BatchHandler {
  return {
    types: typesOf(handlers),
    async handle(tx, events) {
      for (const round of roundsByKey(events)) {
        for (const [type, group] of byType(round)) {
          const handler = handlers[type] as EventHandler | undefined // one handler's parameter type fits its own key only
          await handler?.(tx, group)
        }
      }
    },
  }
}

/** Splits events into rounds: the r-th holds each key's r-th event, so that within a round order does not matter. */
export function roundsByKey(events: readonly CloudEvent[]): CloudEvent[][] {
  const rounds: CloudEvent[][] = []
  const seen = new Map<string, number>()
  for (const event of events) {
    const round = seen.get(event.partitionkey) ?? 0
    seen.set(event.partitionkey, round + 1)
    const members = rounds[round]
    if (members) members.push(event)
    else rounds.push([event])
  }
  return rounds
}

function byType(events: readonly CloudEvent[]): Map<EventType, CloudEvent[]> {
  return Map.groupBy(events, (event) => event.type)
}
