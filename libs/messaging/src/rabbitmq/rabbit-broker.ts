import { AppError, type Logger } from '@order-flow/service-kit'
import type { Broker, Subscription, Unsubscribe } from '../broker.ts'
import { parseAddress } from './address.ts'
import { type Consumer, createConsumer } from './consumer.ts'
import { createPublisher } from './publisher.ts'
import { topologyOf } from './topology.ts'

const SUBSCRIBE_TIMEOUT_MS = 60_000

export interface RabbitBrokerOptions {
  /** `amqp://user:password@host:port/vhost` or `amqps://...`. */
  url: string
  /** Queues per group; the same for everybody on the server. */
  shards: number
  /** Who we are, for the operators of the message queue: the service's name. */
  clientName: string
  /** The groups whose queues must be there before anything is published. Default: none. */
  expectedGroups?: readonly string[]
  /** The first part of all names on the server. Default: `order-flow`. */
  namespace?: string
  /** How often processes of a group look whether they share its queues evenly, in ms. Default: 10 s. */
  balanceMs?: number
  logger: Logger
}

/**
 * A message queue on RabbitMQ (docs/messaging.md): connects at once and again whenever a connection breaks. `subscribe`
 * waits a minute for the server, and rejects at once with `invalid` for what waiting does not mend: an unknown user, a
 * missing permission, another number of shards. Errors: `invalid` when the address is none.
 */
export function createRabbitBroker(options: RabbitBrokerOptions): Broker {
  const { url, shards, clientName, expectedGroups = [], namespace = 'order-flow', balanceMs = 10_000, logger } = options
  const parts = { address: parseAddress(url), topology: topologyOf(namespace, shards), clientName, logger }
  const publisher = createPublisher({ ...parts, expectedGroups })
  const consumers = new Set<Consumer>()

  async function subscribe(subscription: Subscription): Promise<Unsubscribe> {
    const { group } = subscription
    if ([...consumers].some((consumer) => consumer.group === group)) throw new AppError('internal', `Group ${group} subscribes twice.`)
    const consumer = createConsumer(subscription, { ...parts, balanceMs })
    consumers.add(consumer)
    const end = async () => {
      consumers.delete(consumer)
      await consumer.close()
    }
    try {
      // The publisher too: a service that may not publish is to say so when it starts.
      await Promise.all([consumer.ready(SUBSCRIBE_TIMEOUT_MS), publisher.ready(SUBSCRIBE_TIMEOUT_MS)])
      return end
    } catch (error) {
      await end()
      throw error
    }
  }

  return {
    publish: publisher.publish,
    subscribe,
    async check() {
      publisher.check()
      for (const consumer of consumers) consumer.check()
    },
    async close() {
      await Promise.all([...consumers].map((consumer) => consumer.close()))
      await publisher.close()
    },
  }
}
