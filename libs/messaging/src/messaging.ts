import { type Database, migrateScripts, type Service } from '@order-flow/service-kit'
import type { Broker } from './broker.ts'
import { addDeadLetterRoutes } from './dead-letter-routes.ts'
import { type BatchHandler, createInbox, type EventHandlers, type Inbox, typesOf } from './inbox.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { MESSAGING_MIGRATIONS } from './schema.ts'

const MAX_BATCH = 300

/** The outbox of a service, with its tables. Publishing begins with `start()`. */
export async function openOutbox(
  service: Pick<Service<unknown>, 'logger' | 'metrics' | 'closer'>,
  db: Database,
  broker: Broker,
): Promise<Outbox> {
  await migrateScripts(db, MESSAGING_MIGRATIONS)
  const outbox = createOutbox({ db, broker, logger: service.logger, metrics: service.metrics })
  service.closer.defer(() => outbox.stop())
  return outbox
}

/** The inbox of a service, subscribed under the service's name, with its dead-letter routes. */
export async function openInbox(
  service: Pick<Service<unknown>, 'name' | 'logger' | 'closer' | 'http' | 'tokens'>,
  { db, broker, handlers }: { db: Database; broker: Broker; handlers: EventHandlers | BatchHandler },
): Promise<Inbox> {
  await migrateScripts(db, MESSAGING_MIGRATIONS)
  const inbox = createInbox({ db, handlers, logger: service.logger })
  addDeadLetterRoutes(service.http, { delayed: inbox.delayed, tokens: service.tokens, logger: service.logger })
  const unsubscribe = await broker.subscribe({
    group: service.name,
    types: typesOf(handlers),
    maxBatch: MAX_BATCH,
    handle: (events) => inbox.handle(events),
  })
  service.closer.defer(unsubscribe)
  inbox.start()
  service.closer.defer(() => inbox.stop())
  return inbox
}
