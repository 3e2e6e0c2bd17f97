import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { CloudEvent, EventType } from '@order-flow/contracts'
import { randomHex, silentLogger } from '@order-flow/service-kit'
import {
  type Admin,
  ConfigResourceTypes,
  Consumer,
  ListOffsetTimestamps,
  type MessageToProduce,
  Producer,
  stringSerializers,
} from '@platformatic/kafka'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Broker, toMessage } from '../src/index.ts'
import { createKafkaBroker } from '../src/kafka/kafka-broker.ts'
import { kafkaEngine, openAdmin, TEST_KAFKA_URL } from '../src/kafka/testing.ts'
import { kafkaNames } from '../src/kafka/topics.ts'
import { removeNamespace } from '../src/removal.ts'
import { anEvent, stepOf, until } from './parts.ts'

const [kafka] = await kafkaEngine()
const SHARDS = 4
const REVERSED = 'io.orderflow.checkout.reversed.v1'

describe.runIf(kafka)('Kafka', () => {
  let namespace: string
  let names: ReturnType<typeof kafkaNames>
  let brokers: Broker[]
  let admin: Admin

  beforeEach(() => {
    namespace = `test-${randomHex(6)}`
    names = kafkaNames(namespace)
    brokers = []
    admin = openAdmin(TEST_KAFKA_URL)
  })
  afterEach(async () => {
    await Promise.all(brokers.map((broker) => broker.close()))
    await removeNamespace('kafka', TEST_KAFKA_URL, { namespace, shards: SHARDS, groups: ['group', 'later'] })
    await admin.close()
  })

  function connect({ url = TEST_KAFKA_URL, shards = SHARDS } = {}): Broker {
    const broker = createKafkaBroker({ url, shards, namespace, clientName: 'test', logger: silentLogger })
    brokers.push(broker)
    return broker
  }

  async function listen(
    broker: Broker,
    {
      group = 'group',
      types = [REVERSED] as EventType[],
      handle,
    }: { group?: string; types?: EventType[]; handle?: (events: readonly CloudEvent[]) => Promise<void> } = {},
  ) {
    const received: string[] = []
    await broker.subscribe({
      group,
      types,
      maxBatch: 10,
      async handle(events) {
        await handle?.(events)
        received.push(...events.map(stepOf))
      },
    })
    return received
  }

  async function produce(messages: Omit<MessageToProduce<string, string, string, string>, 'topic'>[]): Promise<void> {
    const producer = new Producer({ clientId: 'test', bootstrapBrokers: [TEST_KAFKA_URL], serializers: stringSerializers })
    await producer.send({ messages: messages.map((message) => ({ ...message, topic: names.events })), acks: -1 })
    await producer.close()
  }

  /** How many messages each partition of a topic has. */
  async function sizes(topic: string): Promise<number[]> {
    const consumer = new Consumer({ clientId: 'test', bootstrapBrokers: [TEST_KAFKA_URL], groupId: names.group('looker') })
    const offsets = await consumer.listOffsets({ topics: [topic], timestamp: ListOffsetTimestamps.LATEST })
    await consumer.close()
    return (offsets.get(topic) ?? []).map(Number)
  }

  async function committed(group: string): Promise<number> {
    const [answer] = await admin.listConsumerGroupOffsets({
      groups: [{ groupId: names.group(group), topics: [{ name: names.events, partitionIndexes: [0, 1, 2, 3] }] }],
    })
    return (answer?.topics ?? [])
      .flatMap(({ partitions }) => partitions)
      .reduce((sum, { committedOffset }) => sum + Math.max(0, Number(committedOffset)), 0)
  }

  test('a key goes where the Java client puts it', async () => {
    const broker = connect({ shards: 3 })
    // Utils.toPositive(Utils.murmur2(key)) % 3 of kafka-clients 4.2.1. With a power of 2 other ways of counting agree.
    const expected = { '21': 0, foobar: 0, 'a-little-bit-long-string': 2, '0199c3a4-7b1e-7c3e-8d1f-2a6b9c0d4e5f': 2, '주문-1': 2 }
    for (const [key, partition] of Object.entries(expected)) {
      const before = await sizes(names.events).catch(() => [0, 0, 0])
      await broker.publish([toMessage(anEvent(key))])
      const after = await sizes(names.events)
      expect(after.map((size, index) => size - (before[index] ?? 0)).indexOf(1), key).toBe(partition)
    }
  })

  test('events of one key stay in order while instances come and go', async () => {
    const [publisher, first] = [connect(), connect()]
    const keys = Array.from({ length: 12 }, (_key, index) => `o${index}`)
    const byFirst = await listen(first)
    let step = 0
    const all: string[] = []
    const publishSteps = async (count: number) => {
      for (let left = count; left > 0; left -= 1) {
        step += 1
        await publisher.publish(keys.map((key) => toMessage(anEvent(key, step))))
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
    await publishSteps(20)
    const second = connect()
    const handledBySecond = async (events: readonly CloudEvent[]) => {
      all.push(...events.map(stepOf))
    }
    const joining = listen(second, { handle: handledBySecond })
    await publishSteps(20)
    const bySecond = await joining
    while (bySecond.length === 0) await publishSteps(1)
    await first.close()
    await publishSteps(20)
    await until(() => new Set([...byFirst, ...bySecond]).size === keys.length * step, 'every event handled')
    expect(byFirst.length).toBeGreaterThan(0)
    for (const received of [byFirst, bySecond]) {
      for (const key of keys) {
        const steps = received.filter((text) => text.startsWith(`${key}:`)).map((text) => Number(text.split(':')[1]))
        expect(withoutRepeats(steps), `${key} in order`).toEqual([...new Set(steps)].sort((one, other) => one - other))
      }
    }
  }, 60_000)

  test('what a killed process had taken and not finished comes to another', async () => {
    const publisher = connect()
    const steps = [1, 2, 3, 4, 5, 6]
    await publisher.publish(steps.map((step) => toMessage(anEvent('o1', step))))
    const stuck = spawn(process.execPath, [join(import.meta.dirname, 'kafka-stuck-consumer.ts'), TEST_KAFKA_URL, namespace, String(SHARDS)])
    let taken = ''
    stuck.stdout.on('data', (text) => {
      taken += text
    })
    await until(() => taken.includes('o1:3,o1:4'), 'the first two done and the next two taken', 60_000)
    await until(async () => (await committed('group')) === 2, 'the first two committed')
    stuck.kill('SIGKILL')
    const received = await listen(connect())
    await until(() => received.length >= 4, 'the others delivered again', 30_000)
    expect(received).toEqual(['o1:3', 'o1:4', 'o1:5', 'o1:6'])
  }, 120_000)

  test('an offset is committed only after the effect, and what is handled does not come again', async () => {
    const first = connect()
    const steps = Array.from({ length: 15 }, (_step, index) => index + 1)
    await first.publish(steps.map((step) => toMessage(anEvent('o1', step))))
    const { promise: allowed, resolve: allow } = Promise.withResolvers<void>()
    let batches = 0
    const received = await listen(first, {
      handle: async () => {
        batches += 1
        if (batches > 1) await allowed
      },
    })
    await until(() => batches === 2, 'the second batch')
    await until(async () => (await committed('group')) > 0, 'the first batch committed')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await committed('group'), 'while the second is being handled').toBe(10)
    allow()
    await until(async () => (await committed('group')) === 15, 'the second batch committed')
    expect(received).toEqual(steps.map((step) => `o1:${step}`))
    await first.close()

    const second = connect()
    const again = await listen(second)
    await second.publish([toMessage(anEvent('o1', 16))])
    await until(() => again.length > 0, 'the next')
    expect(again).toEqual(['o1:16'])
  })

  test('a message that cannot be read is put aside with its origin and cause, and those behind it go on', async () => {
    const broker = connect()
    await broker.publish([toMessage(anEvent('o1', 1))])
    await produce([
      { key: 'o1', value: '{"no":', headers: { ce_type: REVERSED } },
      { key: 'o1', value: '{"type":"something else"}' },
    ])
    await broker.publish([toMessage(anEvent('o1', 2))])
    const received = await listen(broker)
    await until(() => received.length === 2, 'both readable ones')
    expect(received).toEqual(['o1:1', 'o1:2'])

    const letters = await read(names.deadLetters('group'), 2)
    expect(letters.map(({ value }) => value)).toEqual(['{"no":', '{"type":"something else"}'])
    expect(letters[0]).toMatchObject({
      key: 'o1',
      headers: {
        ce_type: REVERSED,
        'dead-letter-topic': names.events,
        'dead-letter-offset': '1',
        'dead-letter-cause': 'The message is not JSON.',
      },
    })
    await until(async () => (await committed('group')) === 4, 'all four passed')
  })

  test('a type that the group does not want is passed unread', async () => {
    const broker = connect()
    const received = await listen(broker)
    await produce([{ key: 'o1', value: 'unreadable', headers: { ce_type: 'com.example.unknown.v1' } }])
    await broker.publish([toMessage(anEvent('o1', 1))])
    await until(async () => (await committed('group')) === 2, 'both passed')
    expect(received).toEqual(['o1:1'])
    expect(await sizes(names.deadLetters('group'))).toEqual([0])
  })

  test('a Java producer without our headers is understood', async () => {
    const broker = connect()
    const received = await listen(broker)
    const event = anEvent('o7', 1)
    await produce([
      { key: 'o7', value: JSON.stringify({ ...event, type: 'com.example.unknown.v1' }) },
      { key: 'o7', value: JSON.stringify(event) },
    ])
    await until(() => received.length === 1, 'the wanted one')
    expect(received).toEqual(['o7:1'])
  })

  test('a group that comes later gets what was published before', async () => {
    const broker = connect()
    await broker.publish([toMessage(anEvent('o1', 1))])
    const received = await listen(broker, { group: 'later' })
    await until(() => received.length === 1, 'the earlier event')
  })

  test('a group goes on at the oldest message when what it was to read next has expired', async () => {
    const publisher = connect()
    const first = connect()
    const before = await listen(first)
    await publisher.publish([toMessage(anEvent('o1', 1))])
    await until(() => before.length === 1, 'the first')
    await first.close()
    await publisher.publish([2, 3, 4].map((step) => toMessage(anEvent('o1', step))))
    const partition = (await sizes(names.events)).indexOf(4)
    await admin.deleteRecords({ topics: [{ name: names.events, partitions: [{ partition, offset: 3n }] }] })
    const after = await listen(connect())
    await until(() => after.length > 0, 'the oldest that is left')
    expect(after).toEqual(['o1:4'])
  })

  test('a topic with another number of partitions is refused in one sentence', async () => {
    await connect({ shards: 2 }).publish([toMessage(anEvent('o1'))])
    const other = connect({ shards: 3 })
    const sentence = `The topic ${names.events} has 2 partitions, and 3 are configured: set messaging.shards to 2 for every service, or drain and delete the topic.`
    await expect(listen(other)).rejects.toMatchObject({ code: 'invalid', message: sentence })
    await expect(other.publish([toMessage(anEvent('o1'))])).rejects.toMatchObject({ message: sentence })
  })

  test('no event is kept for longer than the inbox knows it again', async () => {
    const broker = connect()
    await broker.publish([toMessage(anEvent('o1'))])
    const configurationKeys = ['retention.ms', 'segment.ms']
    const [topic] = await admin.describeConfigs({
      resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: names.events, configurationKeys }],
    })
    const milliseconds = topic?.configs.map(({ value }) => Number(value)) ?? []
    expect(milliseconds).toHaveLength(2)
    // Kafka deletes a segment when its last message has expired, so its first may be older by what a segment spans.
    expect(milliseconds.reduce((sum, value) => sum + value, 0)).toBeLessThan(7 * 86_400_000)
  })

  test('a subscription that has ended gets nothing more, and another takes over at once', async () => {
    const [first, second] = [connect(), connect()]
    const received: string[] = []
    const unsubscribe = await first.subscribe({
      group: 'group',
      types: [REVERSED],
      maxBatch: 10,
      async handle(events) {
        received.push(...events.map(stepOf))
      },
    })
    await first.publish([toMessage(anEvent('o1', 1))])
    await until(() => received.length === 1, 'the first')
    await unsubscribe()
    await first.publish([toMessage(anEvent('o1', 2))])
    const others = await listen(second)
    await until(() => others.length === 1, 'the second, at the other')
    expect(received).toEqual(['o1:1'])
  })

  /** The first messages of a topic, as text. */
  async function read(topic: string, count: number) {
    const consumer = new Consumer({ clientId: 'test', bootstrapBrokers: [TEST_KAFKA_URL], groupId: names.group('later') })
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false })
    const found: { key: string; value: string; headers: Record<string, string> }[] = []
    for await (const { key, value, headers } of stream) {
      const texts = [...headers].map(([name, text]) => [String(name), String(text)])
      found.push({ key: String(key), value: String(value), headers: Object.fromEntries(texts) })
      if (found.length === count) break
    }
    await consumer.close(true)
    return found
  }
})

describe('Kafka that is not there', () => {
  const open = (url: string) => createKafkaBroker({ url, shards: SHARDS, clientName: 'test', logger: silentLogger })

  test('is told in one sentence, by publishing and by the check', async () => {
    const broker = open('127.0.0.1:1')
    const problem = { code: 'unavailable', message: 'Kafka at 127.0.0.1:1 does not answer (connect ECONNREFUSED 127.0.0.1:1).' }
    await expect(broker.publish([toMessage(anEvent('o1'))])).rejects.toMatchObject(problem)
    await expect(broker.check()).rejects.toMatchObject(problem)
    await broker.close()
  })

  test('is waited for by a subscription, which closing ends', async () => {
    const broker = open('127.0.0.1:1')
    const subscribing = broker.subscribe({ group: 'group', types: [], maxBatch: 1, handle: async () => undefined })
    const outcome = expect(subscribing).rejects.toMatchObject({ code: 'unavailable', message: 'The message queue is closed.' })
    await new Promise((resolve) => setTimeout(resolve, 1200))
    await broker.close()
    await outcome
  })
})

function withoutRepeats(steps: readonly number[]): number[] {
  return steps.filter((step, index) => steps.indexOf(step) === index)
}
