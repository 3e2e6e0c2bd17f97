import type { EventType } from '@order-flow/contracts'
import type { Channel } from 'amqplib'
import type { Session } from './session.ts'

/** The names of everything we have on a RabbitMQ server. docs/messaging.md describes them for operators. */
export type Topology = ReturnType<typeof topologyOf>

/** Part of every name: what is incompatible with it gets another. */
const VERSION = 'v1'
/** Beyond it the server refuses more, and events wait in their publishers' outboxes. */
const MAX_QUEUED = 1_000_000
const MAX_DEAD = 100_000
/** Unlimited on every version: RabbitMQ 4 gives up after 20 deliveries unless told so, and we count tries ourselves. */
const DELIVERY_LIMIT = 1_000_000_000

export function topologyOf(namespace: string, shards: number) {
  const prefix = `${namespace}.${VERSION}`
  return {
    shards,
    /** Topic exchange, see `routingKeyOf`. */
    events: `${prefix}.events`,
    /** Direct exchange: routing key is the group. */
    dead: `${prefix}.dead`,
    /** An empty queue whose greatest length is the number of shards, so that nobody comes with another number. */
    marker: `${prefix}.shards`,
    queueOf: (group: string, shard: number) => `${prefix}.${group}.${shard}`,
    queuesOf: (group: string) => Array.from({ length: shards }, (_queue, shard) => `${prefix}.${group}.${shard}`),
    /** A queue that stays empty: who consumes from it is a process of the group. */
    membersQueueOf: (group: string) => `${prefix}.${group}.members`,
    deadQueueOf: (group: string) => `${prefix}.${group}.dead`,
  }
}

/**
 * `<shard>.<type>` with the type's dots as dashes: the server walks a topic key word by word, and six words cost it a
 * third more CPU for the whole message than two.
 */
export function routingKeyOf(shard: number, type: string): string {
  return `${shard}.${type.replaceAll('.', '-')}`
}

/** Declares what publishers and consumers share. The server refuses when there is already another number of shards. */
export async function declareExchanges(channel: Channel, { events, dead, marker, shards }: Topology): Promise<void> {
  await channel.assertQueue(marker, { arguments: { ...QUORUM, 'x-max-length': shards } })
  await channel.assertExchange(events, 'topic', { durable: true })
  await channel.assertExchange(dead, 'direct', { durable: true })
}

/** Declares and binds a group's queues; its queue for dead letters last, by which publishers know that all are there. */
export async function declareGroup(
  channel: Channel,
  topology: Topology,
  { group, types }: { group: string; types: readonly EventType[] },
): Promise<void> {
  const { events, dead } = topology
  for (const [shard, queue] of topology.queuesOf(group).entries()) {
    await channel.assertQueue(queue, {
      arguments: {
        ...QUORUM,
        'x-single-active-consumer': true,
        'x-max-length': MAX_QUEUED,
        'x-delivery-limit': DELIVERY_LIMIT,
        'x-dead-letter-exchange': dead,
        'x-dead-letter-routing-key': group,
        'x-dead-letter-strategy': 'at-least-once',
      },
    })
    await Promise.all(types.map((type) => channel.bindQueue(queue, events, routingKeyOf(shard, type))))
  }
  await channel.assertQueue(topology.membersQueueOf(group), { arguments: { ...QUORUM, 'x-max-length': 1 } })
  const deadQueue = topology.deadQueueOf(group)
  await channel.assertQueue(deadQueue, { arguments: { ...QUORUM, 'x-max-length': MAX_DEAD } })
  await channel.bindQueue(deadQueue, dead, group)
}

const QUORUM = { 'x-queue-type': 'quorum', 'x-overflow': 'reject-publish', 'x-queue-leader-locator': 'balanced' }

/** Those of the groups that have not all of their queues. */
export async function missingGroups(session: Session, topology: Topology, groups: readonly string[]): Promise<string[]> {
  const missing: string[] = []
  for (const group of groups) {
    if (!(await hasQueues(session, [topology.deadQueueOf(group), ...topology.queuesOf(group)]))) missing.push(group)
  }
  return missing
}

/** Asking for a queue that is not there closes the channel, so that each group is asked for on its own. */
async function hasQueues({ model }: Session, queues: readonly string[]): Promise<boolean> {
  const channel = await model.createChannel()
  channel.on('error', () => undefined) // what matters rejects below
  try {
    for (const queue of queues) await channel.checkQueue(queue)
    await channel.close()
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === NOT_FOUND) return false
    throw error
  }
}

const NOT_FOUND = 404
