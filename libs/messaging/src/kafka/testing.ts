import { randomHex, silentLogger } from '@order-flow/service-kit'
import { Admin } from '@platformatic/kafka'
import type { Broker } from '../broker.ts'
import { removeNamespace } from '../removal.ts'
import type { BrokerEngine, TestQueue } from '../testing.ts'
import { createKafkaBroker } from './kafka-broker.ts'

/** Where the tests' Kafka is. */
export const TEST_KAFKA_URL = process.env.ORDER_FLOW_TEST_KAFKA ?? '127.0.0.1:9092'

const TEST_SHARDS = 2

/** The engine, when its server answers. Its absence is an error when ORDER_FLOW_REQUIRE_ENGINES is set. */
export async function kafkaEngine(): Promise<BrokerEngine[]> {
  const admin = openAdmin(TEST_KAFKA_URL)
  try {
    await admin.metadata({ topics: [] })
    return [{ name: 'kafka', durable: true, keepsForLater: true, open: openTestQueue }]
  } catch (error) {
    if (process.env.ORDER_FLOW_REQUIRE_ENGINES) {
      throw new Error(
        'Kafka is required here and does not answer: start it (node interop/kafka/start.mjs), or set ORDER_FLOW_TEST_KAFKA to its address.',
        { cause: error },
      )
    }
    return []
  } finally {
    await admin.close()
  }
}

async function openTestQueue(groups: readonly string[]): Promise<TestQueue> {
  const namespace = `test-${randomHex(6)}`
  const brokers: Broker[] = []
  const connect = async () => {
    const broker = createKafkaBroker({
      url: TEST_KAFKA_URL,
      shards: TEST_SHARDS,
      clientName: namespace,
      namespace,
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
      await removeNamespace('kafka', TEST_KAFKA_URL, { namespace, shards: TEST_SHARDS, groups })
    },
  }
}

/** A client to look at and change what the broker has. For tests. */
export function openAdmin(url: string): Admin {
  return new Admin({ clientId: 'order-flow-tests', bootstrapBrokers: [url], retries: 0, connectTimeout: 3000 })
}
