import { AppError, withTimeout } from '@order-flow/service-kit'
import { compatibilityPartitioner, type MessageToProduce, Producer } from '@platformatic/kafka'
import type { KafkaConnection } from './connection.ts'

/** Of one request. A broker takes 1 MB per partition unless told otherwise, and all may be of one key. */
const MAX_RECORDS = 1000
const MAX_BYTES = 500_000
const SEND_TIMEOUT_MS = 20_000
const CLOSE_TIMEOUT_MS = 3000

/** Records of one call that are sent and answered for together. */
interface Chunk {
  records: MessageToProduce[]
  bytes: number
  resolve: () => void
  reject: (error: unknown) => void
}

export interface KafkaPublisherOptions {
  connection: KafkaConnection
  /** Rejects when nothing can be published now. Asked before each request. */
  ready: () => Promise<void>
  /** Something could not be published. */
  onFailure: () => void
}

/**
 * Publishes one request at a time, each with everything that came during the one before: that keeps the order of what is
 * published under one key, also when a request fails, since whatever waits behind it fails too. Callers bound what waits.
 */
export type KafkaPublisher = ReturnType<typeof createKafkaPublisher>

export function createKafkaPublisher({ connection, ready, onFailure }: KafkaPublisherOptions) {
  let waiting: Chunk[] = []
  let working: Promise<void> | undefined
  let producer: Producer | undefined
  let closed = false

  /** Resolves when every copy that must have them has the records. */
  async function publish(records: MessageToProduce[]): Promise<void> {
    if (closed) throw new AppError('unavailable', 'The message queue is closed.')
    await Promise.all(chunksOf(records).map(enqueue))
  }

  function enqueue(chunk: Pick<Chunk, 'records' | 'bytes'>): Promise<void> {
    return new Promise((resolve, reject) => {
      waiting.push({ ...chunk, resolve, reject })
      working ??= work().finally(() => {
        working = undefined
      })
    })
  }

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      const batch = takeBatch()
      try {
        await ready()
        await send(batch.flatMap(({ records }) => records))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        const failed = [...batch, ...waiting]
        waiting = []
        onFailure()
        discardProducer()
        for (const { reject } of failed) reject(error)
      }
    }
  }

  function takeBatch(): Chunk[] {
    let records = 0
    let bytes = 0
    let count = 0
    for (const chunk of waiting) {
      records += chunk.records.length
      bytes += chunk.bytes
      if (count > 0 && (records > MAX_RECORDS || bytes > MAX_BYTES)) break
      count += 1
    }
    return waiting.splice(0, count)
  }

  async function send(messages: MessageToProduce[]): Promise<void> {
    // The partitioner of Java's clients, so that theirs and ours put a key into the same partition.
    producer ??= new Producer({ ...connection, idempotent: true, partitioner: compatibilityPartitioner })
    await withTimeout(producer.send({ messages }), SEND_TIMEOUT_MS, 'it did not answer for what was published')
  }

  /** A new one has a new number: what the broker may still do for the old one cannot mix with it. */
  function discardProducer(): void {
    producer?.close().catch(() => undefined) // it is given up; its connections end by their own time limits
    producer = undefined
  }

  return {
    publish,
    async close(): Promise<void> {
      closed = true
      const end = async () => {
        await working
        await producer?.close()
      }
      await withTimeout(end(), CLOSE_TIMEOUT_MS, 'Kafka did not answer for what was published').catch(discardProducer)
    },
  }
}

/** Cuts what does not fit into one request; a single record that is too large is the broker's to refuse. */
function chunksOf(records: MessageToProduce[]): Pick<Chunk, 'records' | 'bytes'>[] {
  const chunks: Pick<Chunk, 'records' | 'bytes'>[] = []
  let last: Pick<Chunk, 'records' | 'bytes'> | undefined
  for (const record of records) {
    const bytes = record.value?.length ?? 0
    if (!last || last.records.length >= MAX_RECORDS || last.bytes + bytes > MAX_BYTES) {
      last = { records: [], bytes: 0 }
      chunks.push(last)
    }
    last.records.push(record)
    last.bytes += bytes
  }
  return chunks
}
