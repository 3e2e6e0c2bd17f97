import type { Logger } from '@order-flow/service-kit'
import { pauseOrAbort } from '../delivery-queue.ts'
import type { Session } from './session.ts'
import type { ShardConsumer } from './shard-consumer.ts'

export interface ShardBalanceOptions {
  session: Session
  /** The group's queue of members: as many consumers as processes. */
  membersQueue: string
  /** Those of the group; replaced when they give way. */
  shards: ShardConsumer[]
  /** Ends a shard's consumer and begins anew at the end of the queue of consumers. */
  giveWay: (shard: ShardConsumer) => Promise<void>
  /** Aborts when the subscription ends. */
  closing: AbortSignal
  intervalMs: number
  logger: Logger
}

/**
 * Spreads a group's shards over its processes. The server gives each shard to the process that asked first, which after
 * a deployment is the same for all; so whoever is served by more than its share gives way with one shard at a time.
 */
export async function balanceShards({
  session,
  membersQueue,
  shards,
  giveWay,
  closing,
  intervalMs,
  logger,
}: ShardBalanceOptions): Promise<void> {
  const ended = AbortSignal.any([session.lost, closing])
  const channel = await session.openChannel()
  await channel.consume(membersQueue, () => undefined)
  while (!ended.aborted) {
    // Not all processes at the same moment.
    await pauseOrAbort(intervalMs * (0.5 + Math.random()), ended)
    if (ended.aborted) return
    const served = shards.filter((shard) => shard.isServed())
    const [one] = served
    if (!one || served.length <= 1) continue
    const { consumerCount } = await channel.checkQueue(membersQueue)
    const share = Math.ceil(shards.length / Math.max(consumerCount, 1))
    if (served.length <= share || ended.aborted) continue
    logger.info({ queue: one.queue, served: served.length, share }, 'a shard is left to another process')
    await giveWay(one)
  }
}
