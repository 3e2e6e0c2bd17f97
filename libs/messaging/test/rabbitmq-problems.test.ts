import { randomHex } from '@order-flow/service-kit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseAddress } from '../src/rabbitmq/address.ts'
import { checkVersion, problemOf } from '../src/rabbitmq/problem.ts'
import { createRabbitBroker } from '../src/rabbitmq/rabbit-broker.ts'
import { TEST_RABBIT_URL } from '../src/rabbitmq/testing.ts'
import { BROKERS } from '../src/testing.ts'
import { createLine } from './line.ts'
import { until } from './parts.ts'
import { messagesOf, noting, openNamespace, recordingLogger, type TestNamespace, TYPE, urlWith } from './rabbitmq-parts.ts'
import { mayAdminister, rabbitmqctl } from './rabbitmqctl.ts'

const isThere = BROKERS.some(({ name }) => name === 'rabbitmq')
const isOurs = isThere && (await mayAdminister())

describe('the address of a RabbitMQ', () => {
  test('is read with its defaults, and asks for a heartbeat', () => {
    expect(parseAddress('amqp://shop:pa%40ss@mq.example/orders%2Feu')).toEqual({
      url: 'amqp://shop:pa%40ss@mq.example/orders%2Feu?heartbeat=10',
      host: 'mq.example',
      port: 5672,
      vhost: 'orders/eu',
      user: 'shop',
    })
    expect(parseAddress('amqps://mq.example:1234/?heartbeat=5')).toMatchObject({
      url: 'amqps://mq.example:1234/?heartbeat=5',
      port: 1234,
      vhost: '/',
      user: 'guest',
    })
    expect(parseAddress('amqps://mq.example').port).toBe(5671)
  })

  test.each(['', 'localhost:5672', 'http://localhost:5672', 'amqp://', 'amqp://user:secret@:5672', 'amqp://us%er:secret@host'])(
    '%s is none',
    (text) => {
      const open = () => createRabbitBroker({ url: text, shards: 1, clientName: 'test', logger: recordingLogger().logger })
      expect(open).toThrow('messaging.url is not the address of a RabbitMQ: it must look like amqp://user:password@host:5672/vhost.')
    },
  )
})

test('a server older than 3.10 is refused, later ones are not', () => {
  const address = parseAddress('amqp://mq.example')
  for (const version of ['3.10.0', '3.13.7', '4.1.0']) checkVersion(version, address)
  for (const version of ['3.9.29', '2.8.0', 'none']) {
    expect(() => checkVersion(version, address)).toThrow(
      `RabbitMQ at mq.example:5672 (vhost "/", user "guest") is version ${version}; version 3.10 or later is needed.`,
    )
  }
})

test('a name whose every address refuses says so', () => {
  const refused = new AggregateError([new Error('connect ECONNREFUSED ::1:5672'), new Error('connect ECONNREFUSED 127.0.0.1:5672')])
  expect(problemOf(refused, parseAddress('amqp://localhost')).message).toBe(
    'RabbitMQ at localhost:5672 (vhost "/", user "guest") cannot be used: connect ECONNREFUSED ::1:5672, connect ECONNREFUSED 127.0.0.1:5672.',
  )
})

describe.runIf(isThere)('what is wrong with a RabbitMQ is told in one sentence', () => {
  let namespace: TestNamespace
  const where = (vhost: string, user: string) =>
    `RabbitMQ at ${new URL(TEST_RABBIT_URL).hostname}:${new URL(TEST_RABBIT_URL).port} (vhost "${vhost}", user "${user}")`
  const rejectionOf = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    )

  beforeEach(async () => {
    namespace = await openNamespace(['listener'])
  })
  afterEach(() => namespace.remove())

  test('a wrong password, at once when subscribing, without the password', async () => {
    const { logger, lines } = recordingLogger()
    const broker = namespace.open({ url: urlWith({ user: 'shop', password: 'hunter2' }), logger })
    const expected = {
      code: 'invalid',
      message: `${where('/', 'shop')} refuses the user: unknown, or the password is wrong. Set messaging.url to a user that exists, or make it: rabbitmqctl add_user shop PASSWORD.`,
    }
    expect(await rejectionOf(broker.subscribe(noting('listener', [])))).toMatchObject(expected)
    expect(await rejectionOf(broker.publish(messagesOf('o1', 1, 1)))).toMatchObject(expected)
    expect(await rejectionOf(broker.check())).toMatchObject(expected)
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) expect(line).toMatchObject({ level: 'error', problem: expected.message, retryInMs: 30_000 })
    expect(JSON.stringify(lines)).not.toContain('hunter2')
  })

  test('an unknown vhost', async () => {
    const broker = namespace.open({ url: urlWith({ vhost: 'nowhere/at all' }) })
    await expect(broker.subscribe(noting('listener', []))).rejects.toThrow(
      `${where('nowhere/at all', 'guest')} refuses the vhost: it does not exist, the user has no permissions on it, or it takes no more connections. rabbitmqctl add_vhost "nowhere/at all" makes it, `,
    )
  })

  test('another number of shards than the others have', async () => {
    await namespace.open().subscribe(noting('listener', []))
    const other = namespace.open({ shards: 8 })
    const sentence = `${where('/', 'guest')} has queues for 3 shards, but messaging.shards is 8: another number would break the order of events. Set it to 3; docs/messaging.md tells how to change it.`
    await expect(other.subscribe(noting('listener', []))).rejects.toThrow(sentence)
    await expect(other.publish(messagesOf('o1', 1, 1))).rejects.toThrow(sentence)
    await expect(other.check()).rejects.toThrow(sentence)
  })

  test('a queue of that name that is something else', async () => {
    const channel = await namespace.model.createChannel()
    const queue = namespace.topology.queueOf('listener', 1)
    await channel.assertQueue(queue, { durable: true })
    await expect(namespace.open().subscribe(noting('listener', []))).rejects.toThrow(
      `${where('/', 'guest')} has queue "${queue}" with another x-dead-letter-exchange (received the value '${namespace.topology.dead}' of type 'longstr' but current is none): something else or another version made it. Delete it when it is empty, or use another vhost.`,
    )
  })

  test('a server that is not there, which readiness tells and subscribing waits for', async () => {
    const { hostname: host, port } = new URL(TEST_RABBIT_URL)
    const line = await createLine({ host, port: Number(port) })
    line.cut()
    const { logger, lines } = recordingLogger()
    const broker = namespace.open({ url: urlWith({ port: line.port }), logger })
    const record: string[] = []
    const subscribed = broker.subscribe(noting('listener', record))
    await until(() => lines.length >= 4, 'two tries of both connections')
    await expect(broker.check()).rejects.toThrow(`RabbitMQ at 127.0.0.1:${line.port} (vhost "/", user "guest") cannot be used: `)
    line.mend()
    await subscribed
    await broker.check()
    await broker.publish(messagesOf('o1', 1, 1))
    await until(() => record.length === 1, 'handled')
    await broker.close()
    await line.close()
  })

  test('subscribing twice with one group', async () => {
    const broker = namespace.open()
    await broker.subscribe(noting('listener', []))
    await expect(broker.subscribe(noting('listener', []))).rejects.toThrow('Group listener subscribes twice.')
  })

  test('a closed message queue, to whoever publishes', async () => {
    const broker = namespace.open()
    const waiting = rejectionOf(broker.publish(messagesOf('o1', 1, 1)))
    await broker.close()
    expect(await waiting).toMatchObject({ code: 'unavailable', message: 'The message queue is closed.' })
    await expect(broker.publish(messagesOf('o1', 1, 1))).rejects.toThrow('The message queue is closed.')
    await expect(broker.check()).rejects.toThrow('The message queue is closed.')
  })
})

describe.runIf(isOurs)('what the administrators of a RabbitMQ do', () => {
  const user = `test-${randomHex(6)}`
  const password = randomHex(12)
  let namespace: TestNamespace

  beforeAll(() => rabbitmqctl('add_user', user, password), 90_000)
  afterAll(() => rabbitmqctl('delete_user', user), 90_000)
  beforeEach(async () => {
    namespace = await openNamespace(['listener'])
  })
  afterEach(() => namespace.remove())

  const openAsUser = () => namespace.open({ url: urlWith({ user, password }) })

  test('a user without any permission is told so', async () => {
    await expect(openAsUser().subscribe(noting('listener', []))).rejects.toThrow(
      `user "${user}") refuses the vhost: it does not exist, the user has no permissions on it`,
    )
  })

  test.each([
    {
      what: 'publish',
      permissions: ['.*', '^(?!.*\\.events$)', '.*'],
      subject: (name: string) => `access to exchange '${name}.v1.events'`,
    },
    {
      what: 'make queues',
      permissions: ['^(?!.*\\.listener\\.0$)', '.*', '.*'],
      subject: (name: string) => `access to queue '${name}.v1.listener.0'`,
    },
    {
      what: 'consume',
      permissions: ['.*', '.*', '^(?!.*\\.listener\\.2$)'],
      subject: (name: string) => `access to queue '${name}.v1.listener.2'`,
    },
  ])(
    'a user who may not $what is told so when subscribing',
    async ({ permissions, subject }) => {
      await rabbitmqctl('set_permissions', user, ...permissions)
      const broker = openAsUser()
      await expect(broker.subscribe(noting('listener', []))).rejects.toThrow(
        `user "${user}") refuses ${subject(namespace.name)}: the user needs permission to configure, write and read what begins with our namespace: rabbitmqctl set_permissions -p "/" ${user} "^order-flow\\." "^order-flow\\." "^order-flow\\.".`,
      )
      await broker.close()
      // What could not be made is made for the clean-up.
      await namespace.open().subscribe(noting('listener', []))
    },
    90_000,
  )

  test('a user who may use the names of its own group only has enough', async () => {
    const own = `^${namespace.name}\\.v1\\.(events|dead|shards|listener\\..+)$`
    await rabbitmqctl('set_permissions', user, own, own, own)
    const record: string[] = []
    const broker = openAsUser()
    await broker.subscribe(noting('listener', record))
    await broker.publish(messagesOf('o1', 1, 1))
    await broker.publish([{ id: 'p', type: TYPE, partitionKey: 'o1', body: 'nonsense' }])
    await until(() => record.length === 1, 'handled')
    await until(async () => (await namespace.messagesIn(namespace.topology.deadQueueOf('listener'))) === 1, 'a dead letter')
  }, 90_000)

  test('a queue that is full refuses, and takes again when it has room', async () => {
    await rabbitmqctl('set_policy', namespace.name, `^${namespace.name}\\.v1\\.listener\\.\\d$`, '{"max-length":5}', '--apply-to', 'queues')
    try {
      const record: string[] = []
      const broker = namespace.open()
      const end = await broker.subscribe(noting('listener', record))
      await end()
      await until(
        async () =>
          await broker.publish(messagesOf('o1', 1, 20)).then(
            () => false,
            (error: Error) => /^RabbitMQ refused some of 20 events: the queue of a consumer is full/.test(error.message),
          ),
        'a refusal',
      )
      await broker.subscribe(noting('listener', record))
      await until(
        async () =>
          await broker.publish(messagesOf('o1', 21, 21)).then(
            () => true,
            () => false,
          ),
        'room',
      )
      await until(() => record.at(-1) === 'o1:21', 'handled')
    } finally {
      await rabbitmqctl('clear_policy', namespace.name)
    }
  }, 90_000)
})
