import type { CloudEvent } from '@order-flow/contracts'
import { type AppError, backoffMs, type Logger, messageOf, withTimeout } from '@order-flow/service-kit'
import {
  COOPERATIVE_STICKY_ASSIGNOR,
  Consumer,
  type fetchV17,
  IS_CONTROL,
  type KafkaRecord,
  ListOffsetTimestamps,
} from '@platformatic/kafka'
import { type Delivery, type DeliveryQueue, pauseOrAbort } from '../delivery-queue.ts'
import { createKafkaCommits } from './commits.ts'
import type { KafkaConnection } from './connection.ts'
import { createKafkaFetcher } from './fetcher.ts'
import { orAborted } from './or-aborted.ts'
import { createKafkaPartition, type KafkaPartition } from './partition.ts'

/** Events that may wait here or be handled before reading pauses; one more read of at most 1 MB may be on its way. */
const MAX_WAITING = 1000
const JOIN_TIMEOUT_MS = 30_000
const CLOSE_TIMEOUT_MS = 3000

const MEMBERSHIP = {
  // A process that is killed is missed after this; one that stops says so.
  sessionTimeout: 10_000,
  rebalanceTimeout: 10_000,
  // How soon a member learns that the group has changed.
  heartbeatInterval: 500,
  // A server that restarts takes the members it had, so they go on asking for a while. Who joins as somebody else instead
  // waits until the group has missed the member that it was.
  heartbeatStallTimeout: 20_000,
  retries: 80,
  // Cooperative: whoever keeps a partition goes on reading it while others change hands. Java's clients have the same.
  protocols: [{ name: COOPERATIVE_STICKY_ASSIGNOR, version: 3 }],
}

export interface UnreadableRecord {
  record: KafkaRecord
  partition: number
  offset: bigint
  cause: string
}

export interface KafkaSessionOptions {
  connection: KafkaConnection
  topic: string
  groupId: string
  /** Gets what the group is to handle; its owner clears it when the session has ended. */
  queue: DeliveryQueue
  /** The event in a record, or undefined when it is not wanted; throws when it cannot be read. */
  read: (record: KafkaRecord) => CloudEvent | undefined
  /** Keeps for people what cannot be read. */
  putAside: (unreadable: readonly UnreadableRecord[]) => Promise<void>
  /** Aborted: nobody waits for the group any more. */
  stopped: AbortSignal
  explain: (error: unknown) => AppError
  logger: Logger
}

/** A time of membership in a consumer group: from joining it until something breaks or this process leaves. */
export interface KafkaSession {
  /** Resolves with the reason when it has broken. Its partitions are delivered to others by then, or will be. */
  broken: Promise<unknown>
  /** Nothing more is put into the queue. */
  pause(): Promise<void>
  /** Commits what is handled and leaves the group. */
  leave(): Promise<void>
}

/** Joins the group and begins to read what it gives us. Rejects when that fails. */
export async function joinKafkaGroup(options: KafkaSessionOptions): Promise<KafkaSession> {
  const { connection, topic, groupId, queue, read, putAside, stopped, explain, logger } = options
  const consumer = new Consumer({ ...connection, groupId, ...MEMBERSHIP })
  const owned = new Map<number, KafkaPartition>()
  const over = new AbortController()
  const { promise: broken, resolve: fail } = Promise.withResolvers<unknown>()
  const room = createRoom(() => openEventsOf(owned) < MAX_WAITING)
  const commits = createKafkaCommits({ member: consumer, connection, topic, owned, explain, logger })
  const fetcher = createKafkaFetcher({ consumer, connection, topic, owned, room: room.available, take, onError: fail, logger })

  consumer.topics.track(topic)
  consumer.on('error', fail)
  consumer.on('consumer:heartbeat:stalled', ({ lastError }) => fail(lastError ?? new Error('the group coordinator does not answer')))
  consumer.on('consumer:group:join', followAssignment)
  consumer.on('consumer:group:rebalance', followAssignment)
  over.signal.addEventListener('abort', room.open)

  function followAssignment(): void {
    if (over.signal.aborted) return
    const mine = new Set(consumer.assignments?.find((assignment) => assignment.topic === topic)?.partitions)
    for (const partition of [...owned.values()].filter(({ id }) => !mine.has(id))) {
      owned.delete(partition.id)
      queue.clear(partition.id)
      commits.last(partition)
    }
    room.look()
    const added = [...mine].filter((id) => !owned.has(id)).map(createKafkaPartition)
    for (const partition of added) owned.set(partition.id, partition)
    if (added.length > 0) startReading(added).catch(fail)
  }

  /** From where the group has come to; a group that is new, from the beginning. */
  async function startReading(partitions: readonly KafkaPartition[]): Promise<void> {
    const ids = partitions.map(({ id }) => id)
    const committed = (await consumer.listCommittedOffsets({ topics: [{ topic, partitions: ids }] })).get(topic) ?? []
    const isNew = ids.some((id) => (committed[id] ?? -1n) < 0n)
    const earliest = isNew
      ? ((await consumer.listOffsets({ topics: [topic], timestamp: ListOffsetTimestamps.EARLIEST })).get(topic) ?? [])
      : []
    for (const partition of partitions) {
      const offset = committed[partition.id] ?? -1n
      partition.startAt(offset >= 0n ? offset : (earliest[partition.id] ?? 0n))
    }
    await fetcher.poll()
  }

  async function take(partition: KafkaPartition, batches: readonly RecordsBatch[]): Promise<void> {
    const { deliveries, offsets, unreadable, next } = readBatches(partition, batches)
    for (let attempt = 1; unreadable.length > 0 && !over.signal.aborted; attempt += 1) {
      try {
        await putAside(unreadable)
        break
      } catch (error) {
        logger.warn({ group: groupId, attempt, reason: explain(error).message }, 'unreadable messages cannot be put aside, trying again')
        await pauseOrAbort(backoffMs(attempt, 200, 5000), over.signal)
      }
    }
    if (over.signal.aborted || owned.get(partition.id) !== partition) return
    partition.read(next, offsets)
    queue.add(deliveries)
    if (deliveries.length === 0) commits.soon()
  }

  function readBatches(partition: KafkaPartition, batches: readonly RecordsBatch[]) {
    const from = partition.position() ?? 0n
    const deliveries: Delivery[] = []
    const offsets: bigint[] = []
    const unreadable: UnreadableRecord[] = []
    let next = from
    for (const batch of batches) {
      next = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
      if ((batch.attributes & IS_CONTROL) !== 0) continue
      for (const record of batch.records) {
        const offset = batch.firstOffset + BigInt(record.offsetDelta)
        if (offset < from) continue // the broker answers whole batches
        try {
          const event = read(record)
          if (!event) continue
          offsets.push(offset)
          deliveries.push(deliveryOf(event, partition, offset))
        } catch (error) {
          unreadable.push({ record, partition: partition.id, offset, cause: messageOf(error) })
        }
      }
    }
    return { deliveries, offsets, unreadable, next }
  }

  function deliveryOf(event: CloudEvent, partition: KafkaPartition, offset: bigint): Delivery {
    const acknowledge = () => {
      partition.handled(offset)
      room.look()
      commits.soon()
    }
    return { event, source: partition.id, acknowledge, giveBack: () => undefined }
  }

  async function pause(): Promise<void> {
    over.abort()
    commits.stop()
    await withTimeout(fetcher.close(), CLOSE_TIMEOUT_MS, 'The connections for reading did not close').catch(() => undefined) // they are given up
  }

  async function leave(): Promise<void> {
    await pause()
    await commits.leave()
    await withTimeout(consumer.close(), CLOSE_TIMEOUT_MS, 'The connections did not close').catch(() => undefined) // they are given up
  }

  try {
    await orAborted(withTimeout(consumer.joinGroup({}), JOIN_TIMEOUT_MS, 'the consumer group was not joined'), stopped)
  } catch (error) {
    await leave()
    throw error
  }
  return { broken, pause, leave }
}

type RecordsBatch = NonNullable<fetchV17.FetchResponsePartition['records']>[number]

function openEventsOf(owned: ReadonlyMap<number, KafkaPartition>): number {
  let count = 0
  for (const partition of owned.values()) count += partition.openEvents()
  return count
}

/** Lets those who ask wait while there is no room. */
function createRoom(isFree: () => boolean) {
  let waiting: (() => void)[] = []
  function open(): void {
    for (const resolve of waiting) resolve()
    waiting = []
  }
  return {
    available: async () => {
      if (!isFree()) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    /** Something may have changed. */
    look: () => {
      if (waiting.length > 0 && isFree()) open()
    },
    open,
  }
}
