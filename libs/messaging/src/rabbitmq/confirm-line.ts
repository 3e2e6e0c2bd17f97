import { AppError } from '@order-flow/service-kit'
import type { Message } from '../message.ts'
import { createChanges } from './changes.ts'
import { contentOf, packParcels } from './parcels.ts'
import type { Session } from './session.ts'
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
  /** Events sent and not confirmed. */
  unconfirmed(): number
}

interface Batch {
  messages: readonly Message[]
  /** Messages of RabbitMQ that are not confirmed, whatever they hold. */
  open: number
  unwantedTypes: Set<string>
  failure: unknown
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

const PROPERTIES = { persistent: true, mandatory: true }

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
    const batch: Batch = { messages, open: 0, unwantedTypes: new Set(), failure: undefined, resolve, reject }
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
    const parcels = packParcels(batch.messages, shards)
    batch.open = parcels.length
    const timestamp = Math.floor(Date.now() / 1000)
    for (const parcel of parcels) {
      const { type, shard, messages } = parcel
      const { contentType, content } = contentOf(parcel)
      // By the first event's id a message that comes back is known.
      const options = { ...PROPERTIES, contentType, messageId: messages[0]?.id ?? '', type, timestamp }
      const confirm = (error: unknown) => onAnswer(batch, messages.length, error)
      const hasRoom = channel.publish(events, routingKeysOf(type)[shard] ?? '', content, options, confirm)
      unconfirmed += messages.length
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

  function onAnswer(batch: Batch, events: number, error: unknown): void {
    unconfirmed -= events
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
