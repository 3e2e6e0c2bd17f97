import { AppError } from '@order-flow/service-kit'
import type { Message } from '../message.ts'
import { createChanges } from './changes.ts'
import type { Session } from './session.ts'
import { shardOfKey } from './shard-of-key.ts'
import { routingKeyOf, type Topology } from './topology.ts'

/** The server's answer to messages that were sent together. */
export interface Answer {
  /** Types of which no queue took a message. */
  unwantedTypes: ReadonlySet<string>
}

/** A channel on which the server confirms every message. */
export interface ConfirmLine {
  /**
   * Sends the messages in order, as fast as the connection takes them; resolves when they are sent. `answered` resolves
   * when the server has confirmed all, rejects when it refuses one or the connection ends.
   */
  send(messages: readonly Message[], deadlineMs: number): Promise<{ answered: Promise<Answer> }>
  /** Messages sent and not confirmed. */
  unconfirmed(): number
}

interface Batch {
  messages: readonly Message[]
  open: number
  unwantedTypes: Set<string>
  failure: unknown
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

const PROPERTIES = { persistent: true, mandatory: true, contentType: 'application/cloudevents+json' }

export async function openConfirmLine(session: Session, { events, shards }: Topology, onConfirmed: () => void): Promise<ConfirmLine> {
  const channel = await session.openConfirmChannel()
  const flow = createChanges()
  const batches = new Set<Batch>()
  /** By type, of each shard. */
  const routingKeys = new Map<string, string[]>()
  let unconfirmed = 0
  channel.on('drain', () => flow.announce())
  session.lost.addEventListener('abort', () => flow.announce())
  // A message that no queue takes comes back before it is confirmed.
  channel.on('return', ({ properties }) => {
    for (const { messages, unwantedTypes } of batches) {
      const message = messages.find(({ id }) => id === properties.messageId)
      if (message) unwantedTypes.add(message.type)
    }
  })

  async function send(messages: readonly Message[], deadlineMs: number): Promise<{ answered: Promise<Answer> }> {
    const { promise: answered, resolve, reject } = Promise.withResolvers<Answer>()
    answered.catch(() => undefined) // when sending fails, nobody waits for it
    const batch: Batch = { messages, open: messages.length, unwantedTypes: new Set(), failure: undefined, resolve, reject }
    batches.add(batch)
    answered.finally(() => batches.delete(batch)).catch(() => undefined)
    try {
      await sendAll(batch, deadlineMs)
    } catch (error) {
      reject(error)
      throw error
    }
    return { answered }
  }

  async function sendAll(batch: Batch, deadlineMs: number): Promise<void> {
    const confirm = (error: unknown) => onAnswer(batch, error)
    const timestamp = Math.floor(Date.now() / 1000)
    for (const { id, type, partitionKey, body } of batch.messages) {
      const options = { ...PROPERTIES, messageId: id, type, timestamp }
      const routingKey = routingKeysOf(type)[shardOfKey(partitionKey, shards)] ?? ''
      const hasRoom = channel.publish(events, routingKey, Buffer.from(body), options, confirm)
      unconfirmed += 1
      if (!hasRoom) await drain(deadlineMs)
    }
  }

  function routingKeysOf(type: string): string[] {
    let keys = routingKeys.get(type)
    if (!keys) {
      keys = Array.from({ length: shards }, (_key, shard) => routingKeyOf(shard, type))
      routingKeys.set(type, keys)
    }
    return keys
  }

  async function drain(deadlineMs: number): Promise<void> {
    await flow.next(deadlineMs - performance.now())
    if (session.lost.aborted) throw session.lost.reason
    if (performance.now() >= deadlineMs)
      throw new AppError('unavailable', 'RabbitMQ does not take what is published: its network or its disk is too slow.')
  }

  function onAnswer(batch: Batch, error: unknown): void {
    unconfirmed -= 1
    batch.open -= 1
    if (error) batch.failure ??= error
    if (batch.open > 0) return
    if (batch.failure) batch.reject(refusal(batch))
    else batch.resolve(batch)
    onConfirmed()
  }

  return { send, unconfirmed: () => unconfirmed }
}

/** A full queue is why a server that is well refuses messages. */
function refusal({ messages, failure }: Batch): AppError {
  return new AppError(
    'unavailable',
    `RabbitMQ refused some of ${messages.length} events: the queue of a consumer is full, or has too few of its nodes. They are published again.`,
    { cause: failure },
  )
}
