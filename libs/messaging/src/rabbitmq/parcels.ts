import type { Message } from '../message.ts'
import { shardOfKey } from './shard-of-key.ts'

/** Events of one type that travel to one shard as one message of RabbitMQ, which costs the server little more than a single one. */
export interface Parcel {
  type: string
  shard: number
  messages: Message[]
}

/** A reader has this many at most to handle or to give back together. */
const MAX_EVENTS = 100
/** In characters of their JSON; a single larger event travels alone. */
const MAX_LENGTH = 131_072

interface OpenParcel extends Parcel {
  index: number
  length: number
}

/**
 * Packs messages, in the order in which the parcels are to be sent. Those of one key stay in order: a parcel takes no
 * message whose key has one in a later parcel.
 */
export function packParcels(messages: readonly Message[], shards: number): Parcel[] {
  const parcels: OpenParcel[] = []
  const openOf = new Map<string, OpenParcel>()
  const lastIndexOf = new Map<string, number>()
  for (const message of messages) {
    const { type, partitionKey, body } = message
    const shard = shardOfKey(partitionKey, shards)
    const destination = `${shard}.${type}`
    let parcel = openOf.get(destination)
    if (!parcel || isFull(parcel, body) || (lastIndexOf.get(partitionKey) ?? 0) > parcel.index) {
      parcel = { type, shard, messages: [], index: parcels.length, length: 0 }
      parcels.push(parcel)
      openOf.set(destination, parcel)
    }
    parcel.messages.push(message)
    parcel.length += body.length
    lastIndexOf.set(partitionKey, parcel.index)
  }
  return parcels
}

function isFull({ messages, length }: OpenParcel, body: string): boolean {
  return messages.length >= MAX_EVENTS || length + body.length > MAX_LENGTH
}

/** One event as itself, several as a JSON array: the modes of CloudEvents' JSON format. */
export function contentOf({ messages }: Parcel): { contentType: string; content: Buffer } {
  const [first, ...others] = messages
  if (first && others.length === 0) return { contentType: 'application/cloudevents+json', content: Buffer.from(first.body) }
  const content = Buffer.from(`[${messages.map(({ body }) => body).join(',')}]`)
  return { contentType: 'application/cloudevents-batch+json', content }
}
