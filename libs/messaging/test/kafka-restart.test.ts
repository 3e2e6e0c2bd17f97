import { silentLogger } from '@order-flow/service-kit'
import { AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Broker, toMessage } from '../src/index.ts'
import { createKafkaBroker } from '../src/kafka/kafka-broker.ts'
import { openAdmin } from '../src/kafka/testing.ts'
import { canStartKafka, createKafkaServer, type KafkaServer } from './kafka-server.ts'
import { anEvent, stepOf, until } from './parts.ts'

const START_TIMEOUT_MS = 200_000
const KEYS = ['o1', 'o2', 'o3', 'o4', 'o5', 'o6']

// Nobody who signs in may do anything here; who does not sign in may do all.
const AUTHORIZER = [
  'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users=User:ANONYMOUS',
  'allow.everyone.if.no.acl.found=false',
]

describe.runIf(canStartKafka)('a Kafka of our own', () => {
  let server: KafkaServer

  beforeAll(async () => {
    server = await createKafkaServer(AUTHORIZER)
    await server.start()
  }, START_TIMEOUT_MS)
  afterAll(() => server.remove(), START_TIMEOUT_MS)

  const connect = (url: string, namespace: string) =>
    createKafkaBroker({ url, namespace, shards: 2, clientName: 'test', logger: silentLogger })

  test('that is killed and comes back has lost nothing and keeps each key in order', async () => {
    const [publisher, consumer] = [connect(server.url, 'restart'), connect(server.url, 'restart')]
    const received: string[] = []
    await consumer.subscribe({
      group: 'group',
      types: ['io.orderflow.checkout.reversed.v1'],
      maxBatch: 10,
      async handle(events) {
        received.push(...events.map(stepOf))
      },
    })
    const publishing = publishUntilTold(publisher)
    await until(() => received.length > 100, 'the first hundred', 60_000)
    await server.kill()
    await until(() => publishing.failures() > 0, 'publishing to fail', 60_000)
    await expect(consumer.check()).rejects.toMatchObject({ code: 'unavailable' })
    await server.start()
    const before = received.length
    await until(() => received.length > before + 100, 'a hundred more after the restart', 120_000)
    const lastStep = await publishing.stop()
    await until(() => new Set(received).size === KEYS.length * lastStep, 'every confirmed event', 60_000)
    for (const key of KEYS) {
      const steps = received.filter((text) => text.startsWith(`${key}:`)).map((text) => Number(text.split(':')[1]))
      const firstTimes = steps.filter((step, index) => steps.indexOf(step) === index)
      expect(firstTimes, `${key} in order`).toEqual(Array.from({ length: lastStep }, (_step, index) => index + 1))
    }
    await consumer.check()
    await Promise.all([publisher.close(), consumer.close()])
  }, 500_000)

  test('refuses a wrong password and what is forbidden in a sentence each', async () => {
    const mistaken = connect(`kafka://tester:wrong@${server.loginAt}`, 'login')
    const nobody = { group: 'group', types: [], maxBatch: 1, handle: async () => undefined }
    await expect(mistaken.subscribe(nobody)).rejects.toMatchObject({
      code: 'invalid',
      message: `Kafka at ${server.loginAt} refuses user and password of messaging.url, or wants another way than SASL/PLAIN.`,
    })
    await mistaken.close()
    const forbidden = connect(`kafka://tester:secret@${server.loginAt}`, 'login')
    await expect(forbidden.subscribe(nobody)).rejects.toMatchObject({
      code: 'invalid',
      message: `Kafka at ${server.loginAt} forbids it (TOPIC_AUTHORIZATION_FAILED): let the user of messaging.url use topics and groups that begin with "login".`,
    })
    await forbidden.close()
  }, 120_000)

  test('needs no more rights than those on topics and groups that begin with the namespace', async () => {
    const admin = openAdmin(server.url)
    const mine = {
      resourceName: 'granted',
      resourcePatternType: ResourcePatternTypes.PREFIXED,
      principal: 'User:tester',
      host: '*',
    } as const
    const allowed = { operation: AclOperations.ALL, permissionType: AclPermissionTypes.ALLOW }
    await admin.createAcls({
      creations: [ResourceTypes.TOPIC, ResourceTypes.GROUP].map((resourceType) => ({ resourceType, ...mine, ...allowed })),
    })
    await admin.close()
    const broker = connect(`kafka://tester:secret@${server.loginAt}`, 'granted')
    const received: string[] = []
    await broker.subscribe({
      group: 'group',
      types: ['io.orderflow.checkout.reversed.v1'],
      maxBatch: 10,
      async handle(events) {
        received.push(...events.map(stepOf))
      },
    })
    await broker.publish([toMessage(anEvent('o1'))])
    await until(() => received.length === 1, 'the event', 60_000)
    await broker.close()
  }, 120_000)

  test('says that it has no TLS, and why it hangs up on who does not sign in', async () => {
    const withTls = connect(`kafkas://${server.url}`, 'tls')
    await expect(withTls.check()).rejects.toMatchObject({
      message: `Kafka at ${server.url} has no TLS: begin messaging.url with kafka://.`,
    })
    await withTls.close()
    const withoutLogin = connect(server.loginAt, 'login')
    await expect(withoutLogin.check()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('it may be something else than Kafka, or want user and password or TLS'),
    })
    await withoutLogin.close()
  }, 120_000)
})

/** Publishes one event per key and step, each step again until it is confirmed, as an outbox does. */
function publishUntilTold(broker: Broker) {
  let stopping = false
  let failures = 0
  const publishing = run()

  async function run(): Promise<number> {
    for (let step = 1; ; step += 1) {
      const messages = KEYS.map((key) => toMessage(anEvent(key, step)))
      while (
        !(await broker.publish(messages).then(
          () => true,
          () => false,
        ))
      ) {
        failures += 1
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      if (stopping) return step
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  return {
    failures: () => failures,
    /** Answers the last step that was confirmed. */
    stop: () => {
      stopping = true
      return publishing
    },
  }
}
