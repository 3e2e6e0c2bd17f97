import type { CloudEvent } from '@order-flow/contracts'
import { Counter, type Database, Gauge, type Logger, type Metrics, type Tx, traceIdOf } from '@order-flow/service-kit'
import type { Broker } from './broker.ts'
import { createElectedRelay } from './elected-relay.ts'
import { createMemoryRelay } from './memory-relay.ts'
import { type Message, toMessage } from './message.ts'
import { createOutboxAge } from './outbox-age.ts'

export interface RelayOptions {
  db: Database
  broker: Broker
  logger: Logger
  /** Events given to the broker and not yet confirmed; more wait, at last only on disk. */
  maxInFlight?: number
  maxBatch?: number
}

export interface OutboxOptions extends RelayOptions {
  metrics: Metrics
}

export interface Outbox {
  /** Adds events to the transaction: published if and only if it commits. */
  add(tx: Tx, events: readonly CloudEvent[]): Promise<void>
  /** Publishes what an earlier process left behind, then what is added. Call once every group can subscribe. */
  start(): void
  /** How long the oldest unpublished event has waited, in ms, as of the last second; whichever process committed it. */
  ageMs(): number
  /** Stops publishing. Waits for what is in flight; the rest stays in the table. */
  stop(): Promise<void>
}

/** Brings the rows of the outbox to the broker, and removes them when it has confirmed them. */
export interface Relay {
  /** These events have been committed by this process. */
  committed(messages: readonly Message[]): void
  /** Events that this process knows of and the broker has not confirmed. */
  waiting(): number
  start(): void
  stop(): Promise<void>
}

/**
 * The transactional outbox: events are rows of the same transaction as the change they tell of. Who brings them to the
 * broker depends on the database: memory-relay.ts when it is this process's own, elected-relay.ts when it is shared.
 */
export function createOutbox({ metrics, ...options }: OutboxOptions): Outbox {
  const relay = options.db.shared ? createElectedRelay(options) : createMemoryRelay(options)
  const stated = new Counter({
    name: 'outbox_events_total',
    help: 'Events committed, by type.',
    labelNames: ['type'],
    registers: [metrics.registry],
  })
  const depth: Gauge = new Gauge({
    name: 'outbox_events',
    help: 'Events that wait in memory or have been given to the broker and are not confirmed.',
    registers: [metrics.registry],
    collect: () => depth.set(relay.waiting()),
  })

  const age = createOutboxAge(options.db, options.logger)
  const oldest: Gauge = new Gauge({
    name: 'outbox_age_seconds',
    help: 'How long the oldest unpublished event of the database has waited.',
    registers: [metrics.registry],
    collect: () => oldest.set(age.ms() / 1000),
  })

  async function add(tx: Tx, events: readonly CloudEvent[]): Promise<void> {
    if (events.length === 0) return
    const messages = events.map(toMessage)
    await tx.insert(
      'outbox',
      messages.map(({ id, type, partitionKey, body }) => ({ id, type, partition_key: partitionKey, event: body })),
    )
    tx.afterCommit(() => {
      for (const event of events) {
        stated.inc({ type: event.type })
        options.logger.info(logFieldsOf(event), 'event stated')
      }
      relay.committed(messages)
    })
  }

  return {
    add,
    ageMs: age.ms,
    start() {
      age.start()
      relay.start()
    },
    stop() {
      age.stop()
      return relay.stop()
    },
  }
}

/** Ids only: what an event tells may be personal. */
function logFieldsOf({ id: eventId, type, subject, traceparent, data }: CloudEvent) {
  const traceId = traceIdOf(traceparent)
  if (!('orderId' in data)) return { eventId, type, subject, traceId }
  return { eventId, type, orderId: data.orderId, userId: 'customerId' in data ? data.customerId : undefined, traceId }
}
