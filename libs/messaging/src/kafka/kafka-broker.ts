import { AppError, type Logger, withTimeout } from '@order-flow/service-kit'
import { Admin } from '@platformatic/kafka'
import type { Broker, Subscription } from '../broker.ts'
import { parseKafkaAddress } from './address.ts'
import { connectionTo } from './connection.ts'
import { kafkaProblemOf } from './problem.ts'
import { createKafkaPublisher } from './publisher.ts'
import { toDeadLetter, toRecord } from './records.ts'
import type { UnreadableRecord } from './session.ts'
import { createKafkaSubscription, type KafkaSubscription } from './subscription.ts'
import { createTopicCheck, deadLetterTopic, ensureTopic, eventsTopic, kafkaNames } from './topics.ts'

const CHECK_TIMEOUT_MS = 3000

export interface KafkaBrokerOptions {
  /** `host:port,host:port` or `kafka://user:password@host:port`; address.ts has the whole grammar. */
  url: string
  /** Partitions of the topic of events. */
  shards: number
  /** Who we are, for the operators of the message queue: the service's name. */
  clientName: string
  logger: Logger
  /** What every topic's and group's name begins with, before the version. Default: `order-flow`. */
  namespace?: string
}

/**
 * A message queue on Kafka: one topic of all events, one consumer group per group, decision 016. Errors: `invalid` for an
 * address that is none; whatever else is wrong is told by what is called, since Kafka may come later than we.
 */
export function createKafkaBroker({ url, shards, clientName, logger, namespace = 'order-flow' }: KafkaBrokerOptions): Broker {
  const address = parseKafkaAddress(url)
  const connection = connectionTo(address, clientName)
  const names = kafkaNames(namespace)
  const explain = (error: unknown) => kafkaProblemOf(error, { servers: address.servers, namespace, isKnown: events.wasReady() })
  const admin = new Admin({ ...connection, retries: 0 })
  const events = createTopicCheck(admin, eventsTopic(names, shards))
  const publisher = createKafkaPublisher({ connection, ready: events.ready, onFailure: events.forget })
  const subscriptions = new Map<string, KafkaSubscription>()

  async function subscribe(subscription: Subscription): Promise<() => Promise<void>> {
    const { group } = subscription
    if (subscriptions.has(group)) throw new AppError('internal', `Group ${group} subscribes twice.`)
    const running = createKafkaSubscription({
      subscription,
      connection,
      topic: names.events,
      groupId: names.group(group),
      prepare: async () => {
        events.forget()
        await events.ready()
        await ensureTopic(admin, deadLetterTopic(names, group))
      },
      putAside: (unreadable) => putAside(group, unreadable),
      explain,
      logger,
    })
    subscriptions.set(group, running)
    const unsubscribe = async () => {
      await running.stop()
      if (subscriptions.get(group) === running) subscriptions.delete(group)
    }
    try {
      await running.started
    } catch (error) {
      await unsubscribe()
      throw error
    }
    return unsubscribe
  }

  async function putAside(group: string, unreadable: readonly UnreadableRecord[]): Promise<void> {
    const deadLetters = names.deadLetters(group)
    await publisher.publish(unreadable.map(({ record, ...where }) => toDeadLetter(record, { topic: names.events, deadLetters, ...where })))
    for (const { partition, offset, cause } of unreadable) {
      logger.error(
        { group, topic: names.events, partition, offset: String(offset), cause, deadLetters },
        'message cannot be read, put aside',
      )
    }
  }

  return {
    subscribe,
    async publish(messages) {
      try {
        await publisher.publish(messages.map((message) => toRecord(message, names.events)))
      } catch (error) {
        throw explain(error)
      }
    },
    async check() {
      try {
        await withTimeout(admin.metadata({ topics: [names.events], forceUpdate: true }), CHECK_TIMEOUT_MS, 'it did not answer')
      } catch (error) {
        throw explain(error)
      }
      for (const { problem } of subscriptions.values()) {
        const reason = problem()
        if (reason) throw reason
      }
    },
    async close() {
      await Promise.all([...subscriptions.values()].map((subscription) => subscription.stop()))
      subscriptions.clear()
      await publisher.close()
      await withTimeout(admin.close(), CHECK_TIMEOUT_MS, 'The connections did not close').catch(() => undefined) // they are given up
    },
  }
}
