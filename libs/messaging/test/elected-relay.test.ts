import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '@order-flow/service-kit'
import { ENGINES, type TestDatabase } from '@order-flow/service-kit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Broker, type Message, type Outbox, parseMessage } from '../src/index.ts'
import { anEvent, openTestOutbox, stepOf, until } from './parts.ts'

const ORDERS = ['o1', 'o2', 'o3', 'o4', 'o5']
const STEPS = 40

/** A broker that notes what it was given, late and sometimes not at all, as `fails` says. */
function recordingBroker(record: Message[], fails: () => boolean = () => false): Broker {
  return {
    async publish(messages) {
      await pause(Math.random() * 3)
      if (fails()) throw new Error('the broker does not confirm')
      record.push(...messages)
    },
    subscribe: async () => async () => undefined,
    check: async () => undefined,
    close: async () => undefined,
  }
}

describe.each(ENGINES.filter((engine) => engine.shared))('the outbox of several processes on $name', (engine) => {
  let database: TestDatabase
  let processes: { db: Database; outbox: Outbox }[]
  let record: Message[]

  beforeEach(async () => {
    database = await engine.open()
    await database.db.transaction((tx) => tx.script('create table orders (id text primary key, step bigint not null)'))
    await database.db.transaction((tx) =>
      tx.insert(
        'orders',
        ORDERS.map((id) => ({ id, step: 0 })),
      ),
    )
    record = []
    processes = []
  })
  afterEach(async () => {
    await Promise.all(processes.map(({ outbox }) => outbox.stop()))
    await database.remove()
  })

  async function startProcess(fails?: () => boolean) {
    const db = await database.connect()
    const outbox = await openTestOutbox(db, recordingBroker(record, fails), { maxBatch: 7 })
    outbox.start()
    const process = { db, outbox }
    processes.push(process)
    return process
  }

  /** Takes an order one step on, under its lock, as services do. */
  async function step({ db, outbox }: { db: Database; outbox: Outbox }, orderId: string): Promise<void> {
    await db.transaction(async (tx) => {
      const [order] = await tx.all<{ step: number }>('select step from orders where id = $1 for update', [orderId])
      const next = (order?.step ?? 0) + 1
      await tx.run('update orders set step = $2 where id = $1', [orderId, next])
      await outbox.add(tx, [anEvent(orderId, next)])
    })
  }

  const stepsOf = (orderId: string) =>
    record
      .map(({ body }) => stepOf(parseMessage(body)))
      .filter((name) => name.startsWith(`${orderId}:`))
      .map((name) => Number(name.split(':')[1]))
  const firstAppearances = (steps: number[]) => [...new Set(steps)]
  const all = Array.from({ length: STEPS }, (_step, index) => index + 1)
  const isEmpty = async () => (await database.db.all('select position from outbox limit 1')).length === 0

  /** Every order goes through its steps, each step in a process chosen at random. */
  function work(among: () => { db: Database; outbox: Outbox }[]): Promise<unknown> {
    return Promise.all(
      ORDERS.map(async (orderId) => {
        for (const _step of all) {
          const choices = among()
          const chosen = choices[Math.floor(Math.random() * choices.length)]
          if (chosen) await step(chosen, orderId)
        }
      }),
    )
  }

  test('each event is published once and each order in order, whichever process committed', async () => {
    await Promise.all([startProcess(), startProcess(), startProcess()])
    await work(() => processes)
    await until(isEmpty, 'the outbox to be empty')
    for (const orderId of ORDERS) expect(stepsOf(orderId)).toEqual(all)
  })

  test('a broker that refuses every third publication reorders nothing and loses nothing', async () => {
    let publications = 0
    const fails = () => ++publications % 3 === 0
    await Promise.all([startProcess(fails), startProcess(fails)])
    await work(() => processes)
    await until(isEmpty, 'the outbox to be empty')
    for (const orderId of ORDERS) expect(stepsOf(orderId)).toEqual(all)
  })

  test('when leaders vanish others take over; what appears twice was published before, in order', async () => {
    await Promise.all([startProcess(), startProcess(), startProcess()])
    const working = work(() => processes)
    for (let round = 0; round < 2; round += 1) {
      await pause(60)
      // As a kill would: its connections end, and nothing of it is told to anybody.
      await database.db.all(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1
           and pid in (select pid from pg_locks where locktype = 'advisory')`,
        [database.config.schema],
      )
      await working.catch(() => undefined)
    }
    await working
    await until(isEmpty, 'the outbox to be empty')
    for (const orderId of ORDERS) expect(firstAppearances(stepsOf(orderId))).toEqual(all)
  })

  test('a rolled back event leaves a gap that holds nothing up', async () => {
    const process = await startProcess()
    await step(process, 'o1')
    await expect(
      process.db.transaction(async (tx) => {
        await process.outbox.add(tx, [anEvent('o2')])
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    await step(process, 'o1')
    await until(isEmpty, 'the outbox to be empty')
    expect(stepsOf('o1')).toEqual([1, 2])
    expect(stepsOf('o2')).toEqual([])
  })
})
