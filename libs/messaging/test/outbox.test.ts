import type { Database } from '@order-flow/service-kit'
import { ENGINES } from '@order-flow/service-kit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Broker } from '../src/index.ts'
import { BROKERS, type TestQueue } from '../src/testing.ts'
import { anEvent, openTestOutbox, stepOf, until } from './parts.ts'

const COMBINATIONS = ENGINES.flatMap((engine) => BROKERS.map((broker) => ({ name: `${engine.name} and ${broker.name}`, engine, broker })))

describe.each(COMBINATIONS)('the outbox on $name', ({ engine, broker: brokerEngine }) => {
  let opened: Awaited<ReturnType<typeof engine.open>>
  let db: Database
  let queue: TestQueue
  let broker: Broker
  let received: string[]

  beforeEach(async () => {
    opened = await engine.open()
    db = opened.db
    queue = await brokerEngine.open(['listener'])
    broker = queue.broker
    received = []
  })
  afterEach(async () => {
    await queue.remove()
    await opened.remove()
  })

  const listen = (handle = async (_count: number) => undefined) =>
    broker.subscribe({
      group: 'listener',
      types: ['io.orderflow.checkout.reversed.v1'],
      maxBatch: 10,
      async handle(events) {
        await handle(events.length)
        received.push(...events.map(stepOf))
      },
    })
  const rowsLeft = async () => (await db.all<{ id: string }>('select id from outbox')).length

  test('what is committed is published in order and leaves the table', async () => {
    const outbox = await openTestOutbox(db, broker)
    await listen()
    outbox.start()
    for (const step of [1, 2, 3]) await db.transaction((tx) => outbox.add(tx, [anEvent('o1', step)]))
    await until(async () => received.length === 3 && (await rowsLeft()) === 0, 'all published')
    expect(received).toEqual(['o1:1', 'o1:2', 'o1:3'])
    await outbox.stop()
  })

  test('what is rolled back is never published', async () => {
    const outbox = await openTestOutbox(db, broker)
    await listen()
    outbox.start()
    const failing = db.transaction(async (tx) => {
      await outbox.add(tx, [anEvent('o1')])
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await db.transaction((tx) => outbox.add(tx, [anEvent('o2')]))
    await until(() => received.length > 0, 'the second published')
    expect(received).toEqual(['o2:1'])
    await outbox.stop()
  })

  test('what an earlier process left behind goes out first, oldest first', async () => {
    const earlier = await openTestOutbox(db, broker)
    for (const step of [1, 2, 3]) await db.transaction((tx) => earlier.add(tx, [anEvent('o1', step)]))
    db = await opened.reopen()
    const outbox = await openTestOutbox(db, broker)
    await db.transaction((tx) => outbox.add(tx, [anEvent('o1', 4)]))
    await listen()
    outbox.start()
    await until(async () => received.length === 4 && (await rowsLeft()) === 0, 'all published')
    expect(received).toEqual(['o1:1', 'o1:2', 'o1:3', 'o1:4'])
    await outbox.stop()
  })

  test('a slow consumer bounds what is in memory; nothing is lost, repeated or reordered', async () => {
    const outbox = await openTestOutbox(db, broker, { maxInFlight: 5, maxBatch: 2 })
    await listen(() => new Promise((resolve) => setTimeout(resolve, 1)).then(() => undefined))
    outbox.start()
    const steps = Array.from({ length: 60 }, (_step, index) => index + 1)
    for (const step of steps) await db.transaction((tx) => outbox.add(tx, [anEvent('o1', step)]))
    await until(async () => received.length >= 60 && (await rowsLeft()) === 0, 'all published')
    expect(received).toEqual(steps.map((step) => `o1:${step}`))
    await outbox.stop()
  })

  test.skipIf(brokerEngine.durable)(
    'an event stays in the table until the consumer has succeeded, as the queue keeps nothing',
    async () => {
      const outbox = await openTestOutbox(db, broker)
      let failures = 2
      await listen(async () => {
        if (failures-- > 0) throw new Error('database of the consumer is gone')
        return undefined
      })
      outbox.start()
      await db.transaction((tx) => outbox.add(tx, [anEvent('o1')]))
      await until(() => failures === 1, 'one failure')
      expect(await rowsLeft()).toBe(1)
      await until(async () => (await rowsLeft()) === 0, 'published in the end')
      expect(received).toEqual(['o1:1'])
      await outbox.stop()
    },
  )

  test.runIf(brokerEngine.durable)(
    'an event leaves the table when the queue has it, also when its consumer fails or goes away',
    async () => {
      const outbox = await openTestOutbox(db, broker)
      await listen(async () => {
        throw new Error('database of the consumer is gone')
      })
      outbox.start()
      await db.transaction((tx) => outbox.add(tx, [anEvent('o1')]))
      await until(async () => (await rowsLeft()) === 0, 'published')
      await outbox.stop()
      await broker.close()
      broker = await queue.connect()
      await listen()
      await until(() => received.length > 0, 'delivered again')
      expect(received).toEqual(['o1:1'])
    },
  )

  test.runIf(brokerEngine.keepsForLater)('what nobody listens to yet leaves the table, and comes to who listens later', async () => {
    const outbox = await openTestOutbox(db, broker)
    outbox.start()
    await db.transaction((tx) => outbox.add(tx, [anEvent('o1')]))
    await until(async () => (await rowsLeft()) === 0, 'published')
    await listen()
    await until(() => received.length === 1, 'delivered')
    await outbox.stop()
  })

  test.skipIf(brokerEngine.keepsForLater)('nothing is published before every group listens', async () => {
    const outbox = await openTestOutbox(db, broker)
    outbox.start()
    await db.transaction((tx) => outbox.add(tx, [anEvent('o1')]))
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(await rowsLeft()).toBe(1)
    await listen()
    await until(() => received.length === 1, 'published once somebody listens')
    await outbox.stop()
  })
})
