import { setTimeout as pause } from 'node:timers/promises'
import { Admin, findErrorBy } from '@platformatic/kafka'
import { connect } from 'amqplib'
import { kafkaNames } from './kafka/topics.ts'
import { topologyOf } from './rabbitmq/topology.ts'

const MEMBERS_GONE_MS = 60_000

export interface Namespace {
  namespace: string
  shards: number
  groups: readonly string[]
}

/**
 * Deletes all that a shop has made on a message queue, with every event that is still in it: for a shop that was started
 * only to be measured or tried, and has stopped. What is not there is no error.
 */
export function removeNamespace(broker: 'rabbitmq' | 'kafka', url: string, of: Namespace): Promise<void> {
  return broker === 'rabbitmq' ? removeFromRabbit(url, of) : removeFromKafka(url, of)
}

async function removeFromRabbit(url: string, { namespace, shards, groups }: Namespace): Promise<void> {
  const topology = topologyOf(namespace, shards)
  const connection = await connect(url)
  try {
    const channel = await connection.createChannel()
    for (const group of groups) {
      const queues = [...topology.queuesOf(group), topology.membersQueueOf(group), topology.deadQueueOf(group)]
      for (const queue of queues) await channel.deleteQueue(queue)
    }
    await channel.deleteQueue(topology.marker)
    for (const exchange of [topology.events, topology.dead]) await channel.deleteExchange(exchange)
  } finally {
    await connection.close()
  }
}

async function removeFromKafka(url: string, { namespace, groups }: Namespace): Promise<void> {
  const names = kafkaNames(namespace)
  const admin = new Admin({ clientId: namespace, bootstrapBrokers: url.split(','), retries: 0 })
  try {
    const mine = new Set([names.events, ...groups.map(names.deadLetters)])
    const topics = (await admin.listTopics()).filter((topic) => mine.has(topic))
    if (topics.length > 0) await admin.deleteTopics({ topics })
    await deleteGroups(admin, await knownOf(admin, groups.map(names.group)))
  } finally {
    await admin.close()
  }
}

/** A group whose processes were killed has them as members until their sessions end; it cannot be deleted sooner. */
async function deleteGroups(admin: Admin, groups: string[]): Promise<void> {
  const endsAtMs = performance.now() + MEMBERS_GONE_MS
  for (let left = groups; left.length > 0; left = await knownOf(admin, groups)) {
    try {
      await admin.deleteGroups({ groups: left })
      return
    } catch (error) {
      if (!hasMembers(error) || performance.now() > endsAtMs) throw error
      await pause(500)
    }
  }
}

async function knownOf(admin: Admin, groups: readonly string[]): Promise<string[]> {
  const known = await admin.listGroups()
  return groups.filter((group) => known.has(group))
}

function hasMembers(error: unknown): boolean {
  return error instanceof Error && findErrorBy(error, 'apiId', 'NON_EMPTY_GROUP') !== null
}
