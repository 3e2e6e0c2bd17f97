import type { CloudEvent } from '@order-flow/contracts'
import { type Logger, messageOf } from '@order-flow/service-kit'
import type { ConsumeMessage } from 'amqplib'
import type { DeliveryQueue } from '../delivery-queue.ts'
import { parseMessages } from '../message.ts'
import type { Session } from './session.ts'

export interface ShardConsumerOptions {
  session: Session
  queue: string
  shard: number
  types: ReadonlySet<string>
  /** Messages that may be here and not acknowledged. */
  prefetch: number
  deliveries: DeliveryQueue
  logger: Logger
}

export interface ShardConsumer {
  queue: string
  shard: number
  /** Whether the server has chosen this process for the shard, as far as messages have come to tell. */
  isServed(): boolean
  /**
   * Takes no more. The consumer is not cancelled: what is on its way to a cancelled one is given back at once, before
   * what came earlier, and the order is lost.
   */
  stopTaking(): void
  /** Gives back, in order, what is not acknowledged. */
  close(): Promise<void>
}

const nothing = (): void => undefined

/** Takes a shard's messages into the group's deliveries, on a channel of its own. */
export async function consumeShard(options: ShardConsumerOptions): Promise<ShardConsumer> {
  const { session, queue, shard, types, prefetch, deliveries, logger } = options
  const channel = await session.openChannel()
  const unwantedTypes = new Set<string>()
  let isOpen = true
  let takesMore = true
  let isServed = false
  let lastHandled: ConsumeMessage | undefined
  session.lost.addEventListener('abort', () => {
    isOpen = false
  })

  function onMessage(message: ConsumeMessage | null): void {
    if (message) {
      isServed = true
      if (takesMore) take(message)
    } else session.fail(new Error(`RabbitMQ cancelled the consumer of ${queue}: the queue is gone or moves.`))
  }

  function take(message: ConsumeMessage): void {
    try {
      const wanted = parseMessages(message.content.toString()).filter(isWanted)
      if (wanted.length === 0) channel.ack(message)
      // The message is done with its last event.
      const last = wanted.length - 1
      deliveries.add(
        wanted.map((event, index) => ({
          event,
          source: shard,
          acknowledge: index === last ? () => acknowledge(message) : nothing,
          giveBack: nothing,
        })),
      )
    } catch (error) {
      logger.error({ queue, reason: messageOf(error) }, 'message cannot be read, moved to the dead letters')
      channel.reject(message, false)
    }
  }

  /** Not wanted: a binding that another version of this service made. */
  function isWanted({ type }: CloudEvent): boolean {
    if (types.has(type)) return true
    if (!unwantedTypes.has(type))
      logger.warn({ queue, type }, 'events of this type are skipped: the queue is bound to it, and nothing here handles it')
    unwantedTypes.add(type)
    return false
  }

  /** Those of a batch together: deliveries are handled in the order of their coming, so the last stands for all before. */
  function acknowledge(message: ConsumeMessage): void {
    if (!lastHandled) queueMicrotask(flush)
    lastHandled = message
  }

  function flush(): void {
    // A channel's tags mean nothing on the next one: there the messages come again, and the inbox knows them.
    const message = lastHandled
    lastHandled = undefined
    if (!message || !isOpen) return
    try {
      channel.ack(message, true)
    } catch (error) {
      session.fail(error)
    }
  }

  await channel.prefetch(prefetch)
  await channel.consume(queue, onMessage)
  return {
    queue,
    shard,
    isServed: () => isServed,
    stopTaking() {
      takesMore = false
    },
    async close() {
      if (!isOpen) return
      flush()
      isOpen = false
      await session.closeChannel(channel)
    },
  }
}
