import { type Logger, withTimeout } from '@order-flow/service-kit'
import type { Subscription } from '../broker.ts'
import { createDeliveryQueue } from '../delivery-queue.ts'
import type { RabbitAddress } from './address.ts'
import { createChanges } from './changes.ts'
import { createLink } from './link.ts'
import type { Session } from './session.ts'
import { balanceShards } from './shard-balance.ts'
import { consumeShard, type ShardConsumer } from './shard-consumer.ts'
import { declareExchanges, declareGroup, type Topology } from './topology.ts'

/** Messages of each shard that may be here and not acknowledged, of up to 100 events. */
const PREFETCH = 64
const HANDLE_TIMEOUT_MS = 6000
const CLOSE_TIMEOUT_MS = 1000

export interface ConsumerOptions {
  address: RabbitAddress
  topology: Topology
  clientName: string
  /** How often a process looks whether it serves more than its share of the shards, in ms. */
  balanceMs: number
  logger: Logger
}

export interface Consumer {
  group: string
  /** As `Link.ready`. */
  ready(timeoutMs: number): Promise<void>
  /** Throws when nothing can be consumed now. */
  check(): void
  /** Takes nothing more, lets the running batch end, acknowledges it and gives the rest back. Idempotent. */
  close(): Promise<void>
}

/** A group's subscription on a connection of its own. */
export function createConsumer(
  subscription: Subscription,
  { address, topology, clientName, balanceMs, logger }: ConsumerOptions,
): Consumer {
  const { group } = subscription
  const types = new Set<string>(subscription.types)
  const closing = new AbortController()
  const deliveries = createDeliveryQueue(subscription, closing.signal, logger)
  let shards: ShardConsumer[] = []
  let ending: Promise<void> | undefined
  const link = createLink({ address, name: `${clientName} consumes`, setUp, changes: createChanges(), logger })

  async function setUp(session: Session): Promise<void> {
    const channel = await session.openChannel()
    await declareExchanges(channel, topology)
    await declareGroup(channel, topology, subscription)
    await session.closeChannel(channel)
    session.lost.addEventListener('abort', () => deliveries.clear())
    const mine: ShardConsumer[] = []
    shards = mine
    for (let shard = 0; shard < topology.shards; shard += 1) mine.push(await consume(session, shard))
    const giveWay = async (old: ShardConsumer) => {
      await old.close()
      deliveries.clear(old.shard)
      mine[old.shard] = await consume(session, old.shard)
    }
    const parts = { session, membersQueue: topology.membersQueueOf(group), shards: mine, giveWay }
    balanceShards({ ...parts, closing: closing.signal, intervalMs: balanceMs, logger }).catch(session.fail)
  }

  function consume(session: Session, shard: number): Promise<ShardConsumer> {
    return consumeShard({ session, queue: topology.queueOf(group, shard), shard, types, prefetch: PREFETCH, deliveries, logger })
  }

  async function end(): Promise<void> {
    closing.abort()
    for (const shard of shards) shard.stopTaking()
    await bounded(deliveries.idle(), HANDLE_TIMEOUT_MS, `The running batch of ${group} did not end`)
    await bounded(Promise.all(shards.map((shard) => shard.close())), CLOSE_TIMEOUT_MS, 'RabbitMQ did not close the channels')
    await link.close()
  }

  /** What does not end in time is left behind: the server delivers again what was not acknowledged. */
  async function bounded(work: Promise<unknown>, timeoutMs: number, what: string): Promise<void> {
    await withTimeout(work, timeoutMs, what).catch((error: unknown) => logger.warn({ group, err: error }, 'subscription ends untidily'))
  }

  function check(): void {
    const problem = link.problem()
    if (problem) throw problem
  }

  return { group, ready: link.ready, check, close: () => (ending ??= end()) }
}
