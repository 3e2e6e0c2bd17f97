import type { CloudEvent } from '@order-flow/contracts'
import { createMetrics, type Database, migrateScripts, silentLogger } from '@order-flow/service-kit'
import {
  type Broker,
  createEvent,
  createInbox,
  createOutbox,
  type EventHandlers,
  type Inbox,
  MESSAGING_MIGRATIONS,
  type Outbox,
  typesOf,
} from '../src/index.ts'

/** An event about order `orderId`; `step` tells its events apart. */
export function anEvent(orderId: string, step = 1): CloudEvent<'io.orderflow.checkout.reversed.v1'> {
  return createEvent('test', {
    type: 'io.orderflow.checkout.reversed.v1',
    subject: orderId,
    data: { orderId, refunded: step },
    at: new Date(),
  })
}

/** What an event of `anEvent` was about. */
export function stepOf(event: CloudEvent): string {
  const { orderId, refunded } = (event as CloudEvent<'io.orderflow.checkout.reversed.v1'>).data // tests send no others
  return `${orderId}:${refunded}`
}

export async function openTestOutbox(
  db: Database,
  broker: Broker,
  limits: { maxInFlight?: number; maxBatch?: number } = {},
): Promise<Outbox> {
  await migrateScripts(db, MESSAGING_MIGRATIONS)
  return createOutbox({ db, broker, logger: silentLogger, metrics: createMetrics('test'), ...limits })
}

export async function openTestInbox(db: Database, handlers: EventHandlers): Promise<Inbox> {
  await migrateScripts(db, MESSAGING_MIGRATIONS)
  return createInbox({ db, handlers, logger: silentLogger, maxAttempts: 3, baseDelayMs: 1, maxDelayMs: 5 })
}

export async function subscribe(
  broker: Broker,
  group: string,
  { inbox, handlers }: { inbox: Inbox; handlers: EventHandlers },
): Promise<void> {
  await broker.subscribe({ group, types: typesOf(handlers), maxBatch: 50, handle: (events) => inbox.handle(events) })
}

/** Waits until the condition holds; fails with `what` after 10 s or what else is given. */
export async function until(condition: () => Promise<boolean> | boolean, what: string, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs / 1000} s: ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
