import { createLogger, type Logger, randomHex, silentLogger } from '@order-flow/service-kit'
import { type ChannelModel, connect } from 'amqplib'
import { type Broker, type Subscription, toMessage } from '../src/index.ts'
import { createRabbitBroker, type RabbitBrokerOptions } from '../src/rabbitmq/rabbit-broker.ts'
import { removeTopology, TEST_RABBIT_URL } from '../src/rabbitmq/testing.ts'
import { type Topology, topologyOf } from '../src/rabbitmq/topology.ts'
import { anEvent, stepOf } from './parts.ts'

export const TYPE = 'io.orderflow.checkout.reversed.v1'
const SHARDS = 3

/** A namespace of its own on the test server, with a connection beside our adapter's. */
export interface TestNamespace {
  name: string
  topology: Topology
  model: ChannelModel
  /** A broker as of one more process. */
  open(options?: Partial<RabbitBrokerOptions>): Broker
  /** Closes every broker that was opened. */
  closeAll(): Promise<void>
  messagesIn(queue: string): Promise<number>
  remove(): Promise<void>
}

export async function openNamespace(groups: readonly string[]): Promise<TestNamespace> {
  const name = `test-${randomHex(6)}`
  const topology = topologyOf(name, SHARDS)
  const model = await connect(TEST_RABBIT_URL)
  model.on('error', () => undefined)
  const brokers: Broker[] = []
  const closeAll = async () => {
    await Promise.all(brokers.map((broker) => broker.close()))
  }
  return {
    name,
    topology,
    model,
    open(options = {}) {
      const broker = createRabbitBroker({
        url: TEST_RABBIT_URL,
        shards: SHARDS,
        clientName: name,
        namespace: name,
        expectedGroups: groups,
        logger: silentLogger,
        ...options,
      })
      brokers.push(broker)
      return broker
    },
    async messagesIn(queue) {
      const channel = await model.createChannel()
      const { messageCount } = await channel.checkQueue(queue)
      await channel.close()
      return messageCount
    },
    closeAll,
    async remove() {
      await closeAll()
      await model.close()
      await removeTopology(TEST_RABBIT_URL, { namespace: name, shards: SHARDS, groups })
    },
  }
}

/** The test server's address with some of it replaced. */
export function urlWith(changes: { port?: number; user?: string; password?: string; vhost?: string; heartbeat?: number }): string {
  const url = new URL(TEST_RABBIT_URL)
  if (changes.port !== undefined) {
    url.hostname = '127.0.0.1'
    url.port = `${changes.port}`
  }
  if (changes.user !== undefined) url.username = changes.user
  if (changes.password !== undefined) url.password = changes.password
  if (changes.vhost !== undefined) url.pathname = `/${encodeURIComponent(changes.vhost)}`
  if (changes.heartbeat !== undefined) url.searchParams.set('heartbeat', `${changes.heartbeat}`)
  return url.href
}

/** Messages `from` ... `to` about one order. */
export function messagesOf(orderId: string, from: number, to: number) {
  return Array.from({ length: to - from + 1 }, (_message, index) => toMessage(anEvent(orderId, from + index)))
}

/** A subscription that notes what it has handled. */
export function noting(group: string, record: string[], before: (steps: string[]) => Promise<void> = async () => undefined): Subscription {
  return {
    group,
    types: [TYPE],
    maxBatch: 10,
    async handle(events) {
      const steps = events.map(stepOf)
      await before(steps)
      record.push(...steps)
    },
  }
}

/** Without what came again. */
export function firstTimes(record: readonly string[]): string[] {
  return [...new Set(record)]
}

/** The order's steps among them. */
export function stepsOf(record: readonly string[], orderId: string): string[] {
  return record.filter((step) => step.startsWith(`${orderId}:`))
}

/** A logger whose lines can be looked at. */
export function recordingLogger(): { logger: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = []
  return { lines, logger: createLogger('info', { write: (line) => void lines.push(JSON.parse(line)) }) }
}
