import { randomHex, silentLogger } from '@order-flow/service-kit'
import { connect as openConnection } from 'amqplib'
import type { Broker } from '../broker.ts'
import type { BrokerEngine } from '../testing.ts'
import { createRabbitBroker } from './rabbit-broker.ts'
import { topologyOf } from './topology.ts'

/** Where the tests' RabbitMQ is. */
export const TEST_RABBIT_URL = process.env.ORDER_FLOW_TEST_RABBITMQ ?? 'amqp://guest:guest@127.0.0.1:5672'

const TEST_SHARDS = 2
const PROBE_TIMEOUT_MS = 3000

/** The engine, when its server answers. Its absence is an error when ORDER_FLOW_REQUIRE_ENGINES is set. */
export async function rabbitEngine(): Promise<BrokerEngine[]> {
  try {
    const connection = await openConnection(TEST_RABBIT_URL, { timeout: PROBE_TIMEOUT_MS })
    await connection.close()
    return [{ name: 'rabbitmq', durable: true, keepsForLater: false, open: openTestQueue }]
  } catch (error) {
    if (process.env.ORDER_FLOW_REQUIRE_ENGINES) {
      throw new Error('RabbitMQ is required here and does not answer: start it, or set ORDER_FLOW_TEST_RABBITMQ to its address.', {
        cause: error,
      })
    }
    return []
  }
}

async function openTestQueue(groups: readonly string[]) {
  const namespace = `test-${randomHex(6)}`
  const brokers: Broker[] = []
  const connect = async () => {
    const broker = createRabbitBroker({
      url: TEST_RABBIT_URL,
      shards: TEST_SHARDS,
      clientName: namespace,
      namespace,
      expectedGroups: groups,
      logger: silentLogger,
    })
    brokers.push(broker)
    return broker
  }
  return {
    broker: await connect(),
    connect,
    async remove() {
      await Promise.all(brokers.map((broker) => broker.close()))
      await removeTopology(TEST_RABBIT_URL, { namespace, shards: TEST_SHARDS, groups })
    },
  }
}

/** Deletes queues and exchanges with everything in them. For tests. */
export async function removeTopology(
  url: string,
  { namespace, shards, groups }: { namespace: string; shards: number; groups: readonly string[] },
): Promise<void> {
  const topology = topologyOf(namespace, shards)
  const connection = await openConnection(url)
  const channel = await connection.createChannel()
  for (const group of groups) {
    const queues = [...topology.queuesOf(group), topology.membersQueueOf(group), topology.deadQueueOf(group)]
    for (const queue of queues) await channel.deleteQueue(queue)
  }
  await channel.deleteQueue(topology.marker)
  await channel.deleteExchange(topology.events)
  await channel.deleteExchange(topology.dead)
  await connection.close()
}
