import type { CloudEvent } from '@order-flow/contracts'
import { AppError } from '@order-flow/service-kit'
import type { KafkaRecord, MessageToProduce } from '@platformatic/kafka'
import { type Message, parseMessage } from '../message.ts'

// The CloudEvents binding for Kafka, structured mode: the value is the whole event, headers repeat what a reader chooses by.
const CONTENT_TYPE = Buffer.from('content-type')
const CLOUD_EVENT = Buffer.from('application/cloudevents+json')
const TYPE = Buffer.from('ce_type')
const ID = Buffer.from('ce_id')

/** A message as a record of the topic. */
export function toRecord(message: Message, topic: string): MessageToProduce {
  return {
    topic,
    key: Buffer.from(message.partitionKey),
    value: Buffer.from(message.body),
    headers: new Map([
      [CONTENT_TYPE, CLOUD_EVENT],
      [TYPE, Buffer.from(message.type)],
      [ID, Buffer.from(message.id)],
    ]),
  }
}

/**
 * The event in a record, or undefined when it is of a type that nobody wants here: its header says so, and without one its
 * body. Errors: `invalid` when it cannot be read.
 */
export function readRecord(record: KafkaRecord, wanted: ReadonlySet<string>): CloudEvent | undefined {
  const type = headerOf(record, TYPE)
  if (type && !wanted.has(type.toString())) return undefined
  if (!record.value) throw new AppError('invalid', 'The message is empty.')
  const event = parseMessage(record.value.toString())
  if (wanted.has(event.type)) return event
  if (!type) return undefined
  throw new AppError('invalid', `The message says ${event.type}, and its header ${type}.`)
}

/** A record that cannot be read, as it goes to the dead letters: as it was, with where it was and why. */
export function toDeadLetter(
  record: KafkaRecord,
  {
    topic,
    deadLetters,
    partition,
    offset,
    cause,
  }: { topic: string; deadLetters: string; partition: number; offset: bigint; cause: string },
): MessageToProduce {
  const origin = {
    'dead-letter-topic': topic,
    'dead-letter-partition': String(partition),
    'dead-letter-offset': String(offset),
    'dead-letter-cause': cause,
  }
  const headers = new Map<Buffer, Buffer>()
  for (const [name, value] of record.headers) if (name && value) headers.set(name, value)
  for (const [name, value] of Object.entries(origin)) headers.set(Buffer.from(name), Buffer.from(value))
  return { topic: deadLetters, headers, ...(record.key ? { key: record.key } : {}), value: record.value ?? Buffer.alloc(0) }
}

function headerOf(record: KafkaRecord, name: Buffer): Buffer | undefined {
  for (const [key, value] of record.headers) if (key?.equals(name)) return value ?? undefined
  return undefined
}
