import { expect, test } from 'vitest'
import { createKafkaPartition } from '../src/kafka/partition.ts'

test('nothing is to be committed before anything is read', () => {
  const partition = createKafkaPartition(0)
  expect(partition.progress()).toBeUndefined()
  partition.startAt(7n)
  expect(partition.progress()).toBeUndefined()
})

test('progress never passes an event that is not handled, whatever is handled behind it', () => {
  const partition = createKafkaPartition(0)
  partition.startAt(10n)
  partition.read(15n, [11n, 13n, 14n])
  expect(partition.progress()).toBe(11n)
  partition.handled(13n)
  partition.handled(14n)
  expect(partition.progress()).toBe(11n)
  partition.handled(11n)
  expect(partition.progress()).toBe(15n)
})

test('what nobody wants is passed at once', () => {
  const partition = createKafkaPartition(0)
  partition.startAt(10n)
  partition.read(20n, [])
  expect(partition.progress()).toBe(20n)
})

test('what the broker knows already is not committed again', () => {
  const partition = createKafkaPartition(0)
  partition.startAt(10n)
  partition.read(12n, [10n])
  partition.handled(10n)
  partition.committedUpTo(12n)
  expect(partition.progress()).toBeUndefined()
})
