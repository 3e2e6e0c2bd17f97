import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Message } from '../message.ts'
import { parseMessages } from '../message.ts'
import { contentOf, packParcels } from './parcels.ts'

const SHARDS = 3
const TYPES = ['io.orderflow.order.placed.v1', 'io.orderflow.order.confirmed.v1'] as const

function messageOf(key: number, type: number, id: number, length = 0): Message {
  const partitionKey = `order-${key}`
  const event = {
    id: `${id}`,
    type: TYPES[type],
    subject: partitionKey,
    time: 'now',
    partitionkey: partitionKey,
    data: { text: 'x'.repeat(length) },
  }
  return { id: `${id}`, type: TYPES[type] ?? TYPES[0], partitionKey, body: JSON.stringify(event) }
}

const someMessages = fc
  .array(fc.tuple(fc.nat(4), fc.nat(1)), { maxLength: 300 })
  .map((kinds) => kinds.map(([key, type], id) => messageOf(key, type, id)))

test('parcels hold every message once, and those of one key in order', () => {
  fc.assert(
    fc.property(someMessages, (messages) => {
      const sent = packParcels(messages, SHARDS).flatMap((parcel) => parcel.messages)
      expect(sent.toSorted((a, b) => Number(a.id) - Number(b.id))).toEqual(messages)
      for (const [key, ofKey] of Map.groupBy(messages, ({ partitionKey }) => partitionKey)) {
        expect(sent.filter(({ partitionKey }) => partitionKey === key)).toEqual(ofKey)
      }
    }),
  )
})

test('a parcel is of one type and one shard, and has at most 100 events', () => {
  fc.assert(
    fc.property(someMessages, (messages) => {
      for (const { type, messages: held } of packParcels(messages, SHARDS)) {
        expect(held.length).toBeLessThanOrEqual(100)
        expect(held.every((message) => message.type === type)).toBe(true)
      }
    }),
  )
})

test('events of different keys share as few parcels as there are types and shards', () => {
  const messages = Array.from({ length: 60 }, (_message, id) => messageOf(id, id % 2, id))
  expect(packParcels(messages, SHARDS).length).toBe(2 * SHARDS)
})

test('large events travel in small parcels', () => {
  const messages = Array.from({ length: 10 }, (_message, id) => messageOf(0, 0, id, 100_000))
  expect(packParcels(messages, SHARDS).map((parcel) => parcel.messages.length)).toEqual(Array.from({ length: 10 }, () => 1))
})

test('what is read is what was packed', () => {
  for (const count of [1, 2, 100]) {
    const messages = Array.from({ length: count }, (_message, id) => messageOf(0, 0, id))
    const [parcel] = packParcels(messages, SHARDS)
    const { contentType, content } = contentOf(parcel as NonNullable<typeof parcel>)
    expect(contentType).toBe(count === 1 ? 'application/cloudevents+json' : 'application/cloudevents-batch+json')
    expect(parseMessages(content.toString()).map((event) => JSON.stringify(event))).toEqual(messages.map(({ body }) => body))
  }
})
