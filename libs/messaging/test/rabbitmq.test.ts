import { setTimeout as pause } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import type { CloudEvent } from '@order-flow/contracts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Broker, createEvent, type Message, toMessage } from '../src/index.ts'
import { shardOfKey } from '../src/rabbitmq/shard-of-key.ts'
import { TEST_RABBIT_URL } from '../src/rabbitmq/testing.ts'
import { routingKeyOf } from '../src/rabbitmq/topology.ts'
import { BROKERS } from '../src/testing.ts'
import { createLine, type Line } from './line.ts'
import { anEvent, until } from './parts.ts'
import {
  firstTimes,
  messagesOf,
  noting,
  openNamespace,
  recordingLogger,
  stepsOf,
  type TestNamespace,
  TYPE,
  urlWith,
} from './rabbitmq-parts.ts'

const ORDERS = Array.from({ length: 12 }, (_order, index) => `order-${index}`)
const isThere = BROKERS.some(({ name }) => name === 'rabbitmq')

test('the shard of a key is its CRC-32 modulo the number of shards, for publishers in other languages too', () => {
  expect(crc32('123456789')).toBe(0xcbf43926) // the check value of CRC-32
  expect(shardOfKey('123456789', 4)).toBe(0xcbf43926 % 4)
  expect(shardOfKey('Bestellung-ü', 64)).toBe(crc32(Buffer.from('Bestellung-ü', 'utf8')) % 64)
  const counts = new Array<number>(4).fill(0)
  for (let order = 0; order < 4000; order += 1)
    counts[shardOfKey(anEvent(`o${order}`).id, 4)] = (counts[shardOfKey(anEvent(`o${order}`).id, 4)] ?? 0) + 1
  for (const count of counts) expect(count).toBeGreaterThan(800)
})

/** As messages of their own, in order. */
async function publishOneByOne(broker: Pick<Broker, 'publish'>, messages: readonly Message[]): Promise<void> {
  await Promise.all(messages.map((message) => broker.publish([message])))
}

describe.runIf(isThere)('RabbitMQ', () => {
  let namespace: TestNamespace
  let record: string[]
  let line: Line | undefined

  beforeEach(async () => {
    namespace = await openNamespace(['listener'])
    record = []
  })
  afterEach(async () => {
    await namespace.remove()
    await line?.close()
    line = undefined
  })

  const { hostname, port } = new URL(TEST_RABBIT_URL)
  async function openLine(): Promise<Line> {
    line = await createLine({ host: hostname, port: Number(port) || 5672 })
    return line
  }
  const queues = () => namespace.topology.queuesOf('listener')
  /** Messages that wait in the queues; those that a consumer has and has not acknowledged are not among them. */
  const waiting = async () => {
    const counts = await Promise.all(queues().map((queue) => namespace.messagesIn(queue)))
    return counts.reduce((sum, count) => sum + count, 0)
  }
  /** What a new process is given when all others have closed: whatever was not acknowledged. */
  const leftBehind = async () => {
    const given: string[] = []
    const broker = namespace.open()
    await broker.subscribe(noting('listener', given))
    const last = ORDERS.map((orderId) => `${orderId}:9999`)
    await broker.publish(ORDERS.flatMap((orderId) => messagesOf(orderId, 9999, 9999)))
    await until(() => last.every((step) => given.includes(step)), 'the last messages')
    return given.filter((step) => !last.includes(step))
  }
  const inOrder = (orderId: string, count: number) => Array.from({ length: count }, (_step, index) => `${orderId}:${index + 1}`)

  test('each group gets every event that it wants, once, and each order in order', async () => {
    const broker = namespace.open()
    await broker.subscribe(noting('listener', record))
    const rounds = Array.from({ length: 20 }, (_round, index) => ORDERS.flatMap((orderId) => messagesOf(orderId, index + 1, index + 1)))
    for (const round of rounds) await broker.publish(round)
    await until(() => record.length >= ORDERS.length * 20, 'everything handled')
    for (const orderId of ORDERS) expect(stepsOf(record, orderId)).toEqual(inOrder(orderId, 20))
    await namespace.closeAll()
    expect(await leftBehind()).toEqual([])
  })

  test('of two processes one serves a shard; when it closes the other takes over, in order, without losing anything', async () => {
    const first = namespace.open()
    const second = namespace.open()
    const byFirst: string[] = []
    const bySecond: string[] = []
    const both = (own: string[]) => async (steps: string[]) => {
      own.push(...steps)
      record.push(...steps)
    }
    await first.subscribe(noting('listener', [], both(byFirst)))
    await second.subscribe(noting('listener', [], both(bySecond)))
    const publisher = namespace.open()
    for (let step = 1; step <= 40; step += 1) {
      await publisher.publish(ORDERS.flatMap((orderId) => messagesOf(orderId, step, step)))
      if (step === 20) {
        expect(bySecond).toEqual([])
        first.close().catch(() => undefined)
      }
    }
    await until(() => firstTimes(record).length === ORDERS.length * 40, 'everything handled')
    expect(byFirst.length).toBeGreaterThan(0)
    expect(bySecond.length).toBeGreaterThan(0)
    for (const orderId of ORDERS) expect(stepsOf(firstTimes(record), orderId)).toEqual(inOrder(orderId, 40))
    await namespace.closeAll()
    expect(await leftBehind()).toEqual([])
  })

  test('processes come to share the shards, in order, without losing anything', async () => {
    const byProcess: string[][] = [[], [], []]
    for (const own of byProcess) {
      await namespace.open({ balanceMs: 50 }).subscribe(
        noting('listener', [], async (steps) => {
          own.push(...steps)
          record.push(...steps)
        }),
      )
    }
    const publisher = namespace.open()
    let step = 0
    const publishAStep = async () => {
      step += 1
      await publisher.publish(ORDERS.flatMap((orderId) => messagesOf(orderId, step, step)))
    }
    await until(async () => {
      await publishAStep()
      return byProcess.every((own) => own.length > 100)
    }, 'each of three processes serving one of three shards')
    await until(() => firstTimes(record).length === ORDERS.length * step, 'everything handled')
    for (const orderId of ORDERS) expect(stepsOf(firstTimes(record), orderId)).toEqual(inOrder(orderId, step))
    await namespace.closeAll()
    expect(await leftBehind()).toEqual([])
  })

  test('a connection that is cut before a batch is acknowledged has it delivered again, in order', async () => {
    const { port: linePort } = await openLine()
    const broker = namespace.open({ url: urlWith({ port: linePort }) })
    const handling = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    await broker.subscribe(
      noting('listener', record, async () => {
        handling.resolve()
        await released.promise
      }),
    )
    await publishOneByOne(broker, messagesOf('order-1', 1, 100))
    await handling.promise
    line?.cut()
    line?.mend()
    await until(async () => (await waiting()) === 36, 'the next connection to get 64 of 100 again')
    released.resolve()
    await until(() => firstTimes(record).length === 100 && record.length > 100, 'the cut batch a second time')
    expect(firstTimes(record)).toEqual(inOrder('order-1', 100))
    expect(record.length).toBeLessThanOrEqual(110) // only the batch that was being handled
    await namespace.closeAll()
    expect(await leftBehind()).toEqual([])
  })

  test('what is cut again and again while publishing is published in the end, in order', async () => {
    const { port: linePort } = await openLine()
    const publisher = namespace.open({ url: urlWith({ port: linePort }) })
    await namespace.open().subscribe(noting('listener', record))
    let refused = 0
    const publishSurely = async (messages: Message[]): Promise<void> => {
      for (;;) {
        try {
          return await publisher.publish(messages)
        } catch {
          refused += 1
        }
      }
    }
    for (let step = 1; step <= 12; step += 1) {
      const published = publishSurely(ORDERS.flatMap((orderId) => messagesOf(orderId, 25 * step - 24, 25 * step)))
      if (step % 4 === 0) {
        await pause(step) // somewhere between the first byte and the last confirmation
        line?.cut()
        line?.mend()
      }
      await published
    }
    await until(() => firstTimes(record).length === ORDERS.length * 300, 'everything handled')
    for (const orderId of ORDERS) expect(stepsOf(firstTimes(record), orderId)).toEqual(inOrder(orderId, 300))
    expect(refused).toBeLessThanOrEqual(3)
  })

  test('a dead network is noticed by its silence, and publishing goes on when it is back', async () => {
    const { port: linePort } = await openLine()
    const broker = namespace.open({ url: urlWith({ port: linePort, heartbeat: 1 }) })
    await broker.subscribe(noting('listener', record))
    await broker.publish(messagesOf('order-1', 0, 0))
    line?.swallow()
    const published = broker.publish(messagesOf('order-1', 1, 5))
    await expect(published).rejects.toThrow(/^RabbitMQ at 127\.0\.0\.1:\d+ .* cannot be used: Heartbeat timeout\.$/)
    await expect(broker.check()).rejects.toMatchObject({ code: 'unavailable' })
    line?.mend()
    await broker.publish(messagesOf('order-1', 1, 5))
    await until(() => firstTimes(record).length === 6, 'handled')
  })

  test('ending a subscription waits for the running batch, acknowledges it and leaves the rest, in order', async () => {
    const broker = namespace.open()
    const handling = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    const end = await broker.subscribe(
      noting('listener', record, async () => {
        handling.resolve()
        await released.promise
      }),
    )
    await publishOneByOne(broker, messagesOf('order-1', 1, 40))
    await handling.promise
    const ended = end()
    released.resolve()
    await ended
    expect(record.length).toBeGreaterThan(0)
    const handled = record.length
    await until(async () => (await waiting()) === 40 - handled, 'the rest in the queue')
    await namespace.open().subscribe(noting('listener', record))
    await until(() => record.length === 40, 'the rest handled')
    expect(record).toEqual(inOrder('order-1', 40))
  })

  test('a message of many events that is cut while some are handled comes again whole, in order', async () => {
    const { port: linePort } = await openLine()
    const broker = namespace.open({ url: urlWith({ port: linePort }) })
    const second = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    let batches = 0
    await broker.subscribe(
      noting('listener', record, async () => {
        batches += 1
        if (batches !== 2) return
        second.resolve()
        await released.promise
      }),
    )
    await broker.publish(messagesOf('order-1', 1, 40))
    await second.promise
    line?.cut()
    line?.mend()
    released.resolve()
    await until(() => firstTimes(record).length === 40 && record.length > 40, 'all of it a second time')
    expect(firstTimes(record)).toEqual(inOrder('order-1', 40))
  })

  test('messages larger than what the connection buffers arrive whole and in order', async () => {
    const broker = namespace.open()
    const sizes: number[] = []
    await broker.subscribe({
      ...noting('listener', record),
      async handle(events) {
        for (const event of events) sizes.push(JSON.stringify(event).length)
      },
    })
    const large = messagesOf('order-1', 1, 1500).map((message, index) => ({
      ...message,
      body: JSON.stringify({
        ...(JSON.parse(message.body) as CloudEvent),
        data: { orderId: 'o', refunded: index, text: 'x'.repeat(index * 20) },
      }), // we wrote it
    }))
    await broker.publish(large)
    await until(() => sizes.length === large.length, 'all of them')
    expect(sizes).toEqual(large.map(({ body }) => body.length))
  })

  test('a message that nobody can read is put aside without its content being logged, and the others go on', async () => {
    const { logger, lines } = recordingLogger()
    const broker = namespace.open({ logger })
    await broker.subscribe(noting('listener', record))
    const [before, after] = [messagesOf('order-1', 1, 1), messagesOf('order-1', 2, 2)]
    const poison = ['4111 1111 1111 1111', '{"id":"4111 1111 1111 1111"}']
    await broker.publish(before)
    for (const body of poison) await broker.publish([{ id: 'p', type: TYPE, partitionKey: 'order-1', body }])
    await broker.publish(after)
    await until(() => record.length === 2, 'the others')
    await until(async () => (await namespace.messagesIn(namespace.topology.deadQueueOf('listener'))) === 2, 'two dead letters')
    const told = lines.filter(({ msg }) => msg === 'message cannot be read, moved to the dead letters')
    expect(told.map(({ reason }) => reason)).toEqual([
      'The message is not JSON.',
      'The message is no CloudEvent with id, type, subject, time, partitionkey and data.',
    ])
    expect(told.map(({ queue }) => queue)).toEqual(poison.map(() => namespace.topology.queueOf('listener', shardOfKey('order-1', 3))))
    expect(JSON.stringify(lines)).not.toContain('4111')
    await namespace.closeAll()
    expect(await leftBehind()).toEqual([])
  })

  test('an event that no queue wants is told of once and not kept', async () => {
    const { logger, lines } = recordingLogger()
    const broker = namespace.open({ logger })
    await broker.subscribe(noting('listener', record))
    const unwanted = () =>
      toMessage(createEvent('test', { type: 'io.orderflow.product.changed.v1', subject: 'p', data: {} as never, at: new Date() })) // not read
    await broker.publish([unwanted(), ...messagesOf('order-1', 1, 1), unwanted()])
    await broker.publish([unwanted()])
    await until(() => record.length === 1, 'the wanted one')
    expect(lines.filter(({ msg }) => msg === 'no consumer wants events of this type')).toMatchObject([
      { type: 'io.orderflow.product.changed.v1' },
    ])
  })

  test('what no queue takes because the queues are gone is refused, until their consumer makes them again', async () => {
    const broker = namespace.open()
    const end = await broker.subscribe(noting('listener', record))
    await broker.publish(messagesOf('order-1', 1, 1))
    await end()
    const channel = await namespace.model.createChannel()
    for (const queue of queues()) await channel.deleteQueue(queue)
    await pause(1100) // what was seen a moment ago is trusted
    await expect(broker.publish(messagesOf('order-1', 2, 2))).rejects.toThrow(
      'The queues of listener are gone; their consumers make them again.',
    )
    const publishedLater = broker.publish(messagesOf('order-1', 2, 2))
    await broker.subscribe(noting('listener', record))
    await publishedLater
    await until(() => record.at(-1) === 'order-1:2', 'handled')
  })

  test('a consumer whose queue is deleted makes it again', async () => {
    const broker = namespace.open()
    await broker.subscribe(noting('listener', record))
    const queue = namespace.topology.queueOf('listener', shardOfKey('order-1', 3))
    const channel = await namespace.model.createChannel()
    await channel.deleteQueue(queue)
    await until(
      async () =>
        await namespace.model.createChannel().then(async (asking) => {
          asking.on('error', () => undefined)
          return asking.checkQueue(queue).then(
            ({ consumerCount }) => consumerCount === 1,
            () => false,
          )
        }),
      'the queue with a consumer',
    )
    await broker.publish(messagesOf('order-1', 1, 1))
    await until(() => record.length === 1, 'handled')
  })

  test('events of a type that another version was bound to are skipped, and told of once', async () => {
    const { logger, lines } = recordingLogger()
    const broker = namespace.open({ logger })
    await broker.subscribe(noting('listener', record))
    const channel = await namespace.model.createChannel()
    for (const [shard, queue] of queues().entries())
      await channel.bindQueue(queue, namespace.topology.events, routingKeyOf(shard, 'io.orderflow.product.changed.v1'))
    const unwanted = () =>
      toMessage(createEvent('test', { type: 'io.orderflow.product.changed.v1', subject: 'order-1', data: {} as never, at: new Date() })) // not read
    await broker.publish([unwanted(), ...messagesOf('order-1', 1, 1), unwanted(), ...messagesOf('order-1', 2, 2)])
    await until(() => record.length === 2, 'the wanted ones')
    await namespace.closeAll()
    expect(await leftBehind()).toEqual([])
    expect(lines.filter(({ type }) => type === 'io.orderflow.product.changed.v1')).toHaveLength(1)
  })

  test('while the server blocks publishers, publishing waits and readiness says why; consumers go on', async () => {
    const { port: linePort } = await openLine()
    const broker = namespace.open({ url: urlWith({ port: linePort }) })
    await broker.subscribe(noting('listener', record))
    await broker.publish(messagesOf('order-1', 1, 1))
    line?.say(connectionMethod(60, 'low on memory'))
    await until(
      () =>
        broker.check().then(
          () => false,
          () => true,
        ),
      'readiness to notice',
    )
    await expect(broker.check()).rejects.toThrow(/blocks publishers \(low on memory\): its memory or disk alarm is on\.$/)
    let isPublished = false
    const published = broker.publish(messagesOf('order-1', 3, 3)).then(() => {
      isPublished = true
    })
    await namespace.open().publish(messagesOf('order-1', 2, 2))
    await until(() => record.length === 2, 'the other publisher')
    expect(isPublished).toBe(false)
    line?.say(connectionMethod(61))
    await published
    await broker.check()
    await until(() => record.length === 3, 'handled')
  })
})

/** A frame with `connection.blocked` (60) or `connection.unblocked` (61), as the server sends it. */
function connectionMethod(method: number, reason?: string): Buffer {
  const text = reason === undefined ? Buffer.alloc(0) : Buffer.from([reason.length, ...Buffer.from(reason)])
  const header = Buffer.alloc(11)
  header.writeUInt8(1, 0)
  header.writeUInt32BE(4 + text.length, 3)
  header.writeUInt16BE(10, 7)
  header.writeUInt16BE(method, 9)
  return Buffer.concat([header, text, Buffer.from([0xce])])
}
