import type { CloudEvent } from '@order-flow/contracts'
import type { Database, Tx } from '@order-flow/service-kit'
import { ENGINES } from '@order-flow/service-kit/testing'
import { describe, expect, test } from 'vitest'
import { type Broker, type EventHandlers, toMessage } from '../src/index.ts'
import { BROKERS } from '../src/testing.ts'
import { anEvent, openTestInbox, openTestOutbox, stepOf, subscribe, until } from './parts.ts'

/** A process that dies at its n-th step: nothing it does after that has any effect. */
function aProcess(diesAtStep: number) {
  let steps = 0
  return {
    get isDead() {
      return steps >= diesAtStep
    },
    get steps() {
      return steps
    },
    step(): void {
      if (this.isDead) throw new Error('the process is dead')
      steps += 1
      if (this.isDead) throw new Error('the process dies here')
    },
  }
}
type Process = ReturnType<typeof aProcess>

/** The database as that process uses it: each statement, each commit and what follows it is a step. */
function within(process: Process, db: Database): Database {
  const stepping =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      process.step()
      return work(...args)
    }
  return {
    all: stepping((sql, params) => db.all(sql, params)) as Database['all'], // same function, generic parameter lost
    transaction: async (work) => {
      const result = await db.transaction(async (tx) => {
        process.step()
        const steppingTx: Tx = {
          all: stepping((sql, params) => tx.all(sql, params)) as Tx['all'], // as above
          run: stepping((sql, params) => tx.run(sql, params)),
          insert: stepping((table, rows) => tx.insert(table, rows)),
          insertNew: stepping((table, key, rows) => tx.insertNew(table, key, rows)),
          update: stepping((table, key, rows) => tx.update(table, key, rows)),
          script: stepping((sql) => tx.script(sql)),
          lock: stepping((name) => tx.lock(name)),
          afterCommit: (callback) =>
            tx.afterCommit(() => {
              if (!process.isDead) callback()
            }),
        }
        const answer = await work(steppingTx)
        process.step()
        return answer
      })
      process.step()
      return result
    },
    shared: db.shared,
    signal: (channel, text) => db.signal(channel, text),
    listen: (channel, onSignal) => db.listen(channel, onSignal),
    lead: (name, work) => db.lead(name, work),
    close: () => db.close(),
  }
}

function brokerWithin(process: Process, broker: Broker): Broker {
  return {
    async publish(events) {
      process.step()
      await broker.publish(events)
      process.step()
    },
    subscribe: (subscription) =>
      broker.subscribe({
        ...subscription,
        async handle(events) {
          process.step()
          await subscription.handle(events)
          process.step()
        },
      }),
    check: () => broker.check(),
    close: () => broker.close(),
  }
}

const TABLES = `
  create table orders (id text primary key);
  create table effects (event_id text not null, position bigint not null, step text not null);
`
const ORDERS = ['o1', 'o2', 'o3']
const STEPS_EACH = 2
/** Published for each order at the very end: when they have come, so has everything before them. */
const LAST_STEP = 99

describe.each(ENGINES.flatMap((engine) => BROKERS.map((broker) => ({ name: `${engine.name} and ${broker.name}`, engine, broker }))))(
  'a crash on $name',
  ({ engine, broker: brokerEngine }) => {
    /** Publishes two events per order in a process that dies at the given step, then goes on in a new process to the end. */
    async function run(diesAtStep: number) {
      const publisher = await engine.open()
      const consumer = await engine.open()
      const queue = await brokerEngine.open(['consumer'])
      for (const { db } of [publisher, consumer]) await db.transaction((tx) => tx.script(TABLES))
      let acknowledged: string[] = []

      const first = aProcess(diesAtStep)
      const life = await live(first, { broker: queue.broker, publisherDb: publisher.db, consumerDb: consumer.db })
      acknowledged = await life.publishAll()
      if (!first.isDead)
        await until(async () => (await life.finished()) || first.isDead, `the first process to finish or die (step ${diesAtStep})`)
      await life.end()

      const second = aProcess(Number.POSITIVE_INFINITY)
      const consumerDb = await consumer.reopen()
      const publisherDb = await publisher.reopen()
      const again = await live(second, { broker: await queue.connect(), publisherDb, consumerDb })
      await until(() => again.finished(), `everything to be published after a crash at step ${diesAtStep}`)
      await again.handleAll()
      const committed = (await publisherDb.all<{ id: string }>('select id from orders order by id')).map((row) => row.id)
      const effects = (await consumerDb.all<{ step: string }>('select step from effects order by position'))
        .map((row) => row.step)
        .filter((step) => !step.endsWith(`:${LAST_STEP}`))
      await again.end()
      await queue.remove()
      await publisher.remove()
      await consumer.remove()
      return { acknowledged, committed, effects, steps: first.steps }
    }

    async function live(
      process: Process,
      { broker: rawBroker, publisherDb, consumerDb }: { broker: Broker; publisherDb: Database; consumerDb: Database },
    ) {
      const broker = brokerWithin(process, rawBroker)
      const handlers: EventHandlers = {
        'io.orderflow.checkout.reversed.v1': async (tx, events) => {
          const [last] = await tx.all<{ count: number }>('select count(*) as count from effects')
          await tx.insert(
            'effects',
            events.map((event, index) => ({ event_id: event.id, position: (last?.count ?? 0) + index, step: stepOf(event) })),
          )
        },
      }
      // Tables are made before the process can die: a crash within a migration is the database suite's matter.
      await openTestOutbox(publisherDb, rawBroker)
      await openTestInbox(consumerDb, handlers)
      const outbox = await openTestOutbox(within(process, publisherDb), broker).catch(() => undefined)
      const inbox = await openTestInbox(within(process, consumerDb), handlers).catch(() => undefined)
      if (inbox) {
        await subscribe(broker, 'consumer', { inbox, handlers })
        inbox.start()
      }
      outbox?.start()

      const left = async (db: Database, table: string) =>
        (await db.all<{ count: number }>(`select count(*) as count from ${table}`))[0]?.count
      return {
        async publishAll(): Promise<string[]> {
          const acknowledged: string[] = []
          for (const orderId of ORDERS) {
            const events: CloudEvent[] = Array.from({ length: STEPS_EACH }, (_event, index) => anEvent(orderId, index + 1))
            await within(process, publisherDb)
              .transaction(async (tx) => {
                await tx.insert('orders', [{ id: orderId }])
                await outbox?.add(tx, events)
              })
              .then(
                () => acknowledged.push(orderId),
                () => undefined,
              )
          }
          return acknowledged
        },
        async handleAll(): Promise<void> {
          await rawBroker.publish(ORDERS.map((orderId) => toMessage(anEvent(orderId, LAST_STEP))))
          const last = `%:${LAST_STEP}`
          await until(
            async () => (await consumerDb.all('select step from effects where step like $1', [last])).length === ORDERS.length,
            'everything published to be handled',
          )
        },
        finished: async () => (await left(publisherDb, 'outbox')) === 0 && (await left(consumerDb, 'delayed_events')) === 0,
        async end(): Promise<void> {
          await rawBroker.close()
          await outbox?.stop().catch(() => undefined) // a dead process stops nothing in order
          await inbox?.stop()
        },
      }
    }

    test('at any step loses no committed event, repeats no effect and keeps each order in order', async () => {
      let crashes = 0
      for (let step = 1; ; step += 1) {
        const { acknowledged, committed, effects, steps } = await run(step)
        expect(committed, `acknowledged orders are committed (crash at step ${step})`).toEqual(expect.arrayContaining(acknowledged))
        const expected = committed.flatMap((orderId) => [`${orderId}:1`, `${orderId}:2`])
        expect([...effects].sort(), `every effect once (crash at step ${step})`).toEqual(expected.sort())
        for (const orderId of committed) {
          expect(
            effects.filter((effect) => effect.startsWith(orderId)),
            `in order (crash at step ${step})`,
          ).toEqual([`${orderId}:1`, `${orderId}:2`])
        }
        if (steps < step) break
        crashes += 1
      }
      expect(crashes).toBeGreaterThan(20)
    }, 300_000)
  },
)
