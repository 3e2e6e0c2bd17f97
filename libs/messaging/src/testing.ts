import { silentLogger } from '@order-flow/service-kit'
import type { Broker } from './broker.ts'
import { createInProcessBroker } from './in-process-broker.ts'
import { kafkaEngine } from './kafka/testing.ts'
import { rabbitEngine } from './rabbitmq/testing.ts'

/** A way to get a running message queue. The messaging suites run on each of BROKERS. */
export interface BrokerEngine {
  name: string
  /** Keeps what was published when all its processes are gone, and serves several at once. */
  durable: boolean
  /** A group that comes later gets what was published before: publishing waits for nobody. */
  keepsForLater: boolean
  /** Opens an empty message queue, apart from all others, that publishes once each of the groups gets what is published. */
  open(groups: readonly string[]): Promise<TestQueue>
}

export interface TestQueue {
  broker: Broker
  /**
   * What another process gets, or the same one after its restart: on a durable engine a further connection to the same
   * queue, else a new queue without contents.
   */
  connect(): Promise<Broker>
  /** Closes every connection and removes what was made on the server. */
  remove(): Promise<void>
}

const inProcessEngine: BrokerEngine = {
  name: 'in-process',
  durable: false,
  keepsForLater: false,
  async open(groups) {
    const brokers: Broker[] = []
    const connect = async () => {
      const broker = createInProcessBroker({ groups, logger: silentLogger })
      brokers.push(broker)
      return broker
    }
    return {
      broker: await connect(),
      connect,
      async remove() {
        await Promise.all(brokers.map((broker) => broker.close()))
      },
    }
  },
}

/** Every message queue that the conformance suites run on: those whose server is there. */
export const BROKERS: readonly BrokerEngine[] = [inProcessEngine, ...(await rabbitEngine()), ...(await kafkaEngine())]
