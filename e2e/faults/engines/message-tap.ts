import { type CloudEvent, EVENT_DATA, type EventType } from '@order-flow/contracts'
import { type Message, openBroker } from '@order-flow/messaging'
import { CommonConfig, checkConfig, createCloser, createHealth, silentLogger } from '@order-flow/service-kit'
import type { BrokerName } from '../options.ts'

/** A hand in the message queue: reads everything that is published, and publishes whatever it is told. */
export interface MessageTap {
  publish(messages: readonly Message[]): Promise<void>
  /** Calls back for every event, those of `publish` included; answers how to stop. */
  listen(onEvent: (event: CloudEvent) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}

const GROUP = 'fault-suite'
const MAX_BATCH = 200
const TYPES = Object.keys(EVENT_DATA) as EventType[] // they are the keys

/** Names and shards of the queues, as every service has them that is told nothing else. */
export function messagingConfig(broker: BrokerName, url: string): CommonConfig {
  const needed = { server: { port: 0 }, eureka: { client: { serviceUrl: { defaultZone: 'http://127.0.0.1' } } } }
  return checkConfig(CommonConfig, { ...needed, messaging: { broker, url } }, () => 'the fault suite')
}

export async function openMessageTap(config: CommonConfig): Promise<MessageTap> {
  const closer = createCloser()
  const queue = await openBroker({ name: GROUP, config, logger: silentLogger, closer, health: createHealth() })
  return {
    publish: (messages) => queue.publish(messages),
    listen(onEvent) {
      return queue.subscribe({
        group: GROUP,
        types: TYPES,
        maxBatch: MAX_BATCH,
        async handle(events) {
          for (const event of events) onEvent(event)
        },
      })
    },
    close: () => closer.close(),
  }
}
