import type { Logger } from '@order-flow/service-kit'
import { ConnectionPool, type Consumer, type fetchV17, findErrorBy, ListOffsetTimestamps } from '@platformatic/kafka'
import type { KafkaConnection } from './connection.ts'
import type { KafkaPartition } from './partition.ts'

/** An idle server answers after this at the latest; until then a partition that was just given to us is not read. */
const MAX_WAIT_MS = 500
const MAX_BYTES = 1_000_000
const ANY_EPOCH = -1
const NO_LEADER = -1
/** While the servers elect the leader of a partition. */
const ELECTION_PAUSE_MS = 250

export interface KafkaFetcherOptions {
  consumer: Consumer
  connection: KafkaConnection
  topic: string
  owned: ReadonlyMap<number, KafkaPartition>
  /** Resolves when there is room for more. */
  room: () => Promise<void>
  take: (partition: KafkaPartition, records: NonNullable<fetchV17.FetchResponsePartition['records']>) => Promise<void>
  onError: (error: unknown) => void
  logger: Logger
}

/**
 * Reads the partitions that this process owns: one request at a time to each server that leads some of them, on connections
 * of its own, since a server answers nothing else on a connection while a read waits there for something to come.
 */
export type KafkaFetcher = ReturnType<typeof createKafkaFetcher>

export function createKafkaFetcher({ consumer, connection, topic, owned, room, take, onError, logger }: KafkaFetcherOptions) {
  const { clientId, ...connectionOptions } = connection
  const pool = new ConnectionPool(clientId, connectionOptions)
  /** Servers that are being read. */
  const reading = new Set<number>()
  let closed = false

  /** Reads every server that leads a partition of ours and is not being read. */
  async function poll(): Promise<void> {
    for (const leader of (await byLeader()).keys()) {
      if (reading.has(leader) || closed) continue
      reading.add(leader)
      readFrom(leader).catch((error: unknown) => {
        reading.delete(leader)
        if (!closed) onError(error)
      })
    }
  }

  async function readFrom(leader: number): Promise<void> {
    for (;;) {
      await room()
      const leaders = await byLeader()
      const partitions = leaders.get(leader)
      if (closed || !partitions) {
        reading.delete(leader)
        return
      }
      if (leaders.size > reading.size) await poll()
      if (leader === NO_LEADER) await new Promise((resolve) => setTimeout(resolve, ELECTION_PAUSE_MS))
      else await fetchFrom(leader, partitions)
    }
  }

  async function byLeader(): Promise<Map<number, KafkaPartition[]>> {
    const { topics } = await consumer.metadata({ topics: [topic] })
    const known = [...owned.values()].filter((partition) => partition.position() !== undefined)
    return Map.groupBy(known, ({ id }) => topics.get(topic)?.partitions[id]?.leader ?? NO_LEADER)
  }

  async function fetchFrom(leader: number, partitions: readonly KafkaPartition[]): Promise<void> {
    const asked = new Map(partitions.map((partition) => [partition.id, { partition, from: partition.position() ?? 0n }]))
    const { topics } = await consumer.metadata({ topics: [topic] })
    const request = {
      topicId: topics.get(topic)?.id ?? '',
      partitions: [...asked].map(([partition, { from }]) => ({
        partition,
        fetchOffset: from,
        partitionMaxBytes: MAX_BYTES,
        currentLeaderEpoch: ANY_EPOCH,
        lastFetchedEpoch: ANY_EPOCH,
      })),
    }
    try {
      const { responses } = await consumer.fetch({
        node: leader,
        topics: [request],
        connectionPool: pool,
        maxBytes: MAX_BYTES,
        maxWaitTime: MAX_WAIT_MS,
      })
      for (const { partitionIndex, records } of responses.flatMap((response) => response.partitions)) {
        const { partition, from } = asked.get(partitionIndex) ?? {}
        // It may have been given to another process, or have been read from another server, in the meantime.
        if (!partition || owned.get(partitionIndex) !== partition || partition.position() !== from) continue
        if (records && records.length > 0) await take(partition, records)
      }
    } catch (error) {
      if (!(error instanceof Error && findErrorBy(error, 'apiId', 'OFFSET_OUT_OF_RANGE'))) throw error
      await startAnew(partitions)
    }
  }

  /** What was to be read next is not there: it was kept for too short a time, or the topic was made anew. */
  async function startAnew(partitions: readonly KafkaPartition[]): Promise<void> {
    const list = async (timestamp: bigint) => (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic) ?? []
    const earliest = await list(ListOffsetTimestamps.EARLIEST)
    const latest = await list(ListOffsetTimestamps.LATEST)
    for (const partition of partitions) {
      const position = partition.position() ?? 0n
      const first = earliest[partition.id] ?? 0n
      if (position >= first && position <= (latest[partition.id] ?? 0n)) continue
      logger.error(
        { group: consumer.groupId, topic, partition: partition.id, missing: String(position), goesOnAt: String(first) },
        'events are missing: the topic no longer has, or does not have yet, what was to be read next',
      )
      partition.startAt(first)
    }
  }

  return {
    poll,
    async close(): Promise<void> {
      closed = true
      await pool.close()
    },
  }
}
