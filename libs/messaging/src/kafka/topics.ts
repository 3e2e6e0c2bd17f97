import { AppError } from '@order-flow/service-kit'
import { type Admin, findErrorBy } from '@platformatic/kafka'
import { pauseOrAbort } from '../delivery-queue.ts'

const DAY_MS = 86_400_000
const APPEAR_TIMEOUT_MS = 5000
const APPEAR_POLL_MS = 50

/** Changes when what is in the topics can no longer be read by what was there before. */
const VERSION = 'v1'

/** The names that we use in Kafka, all under one prefix. */
export type KafkaNames = ReturnType<typeof kafkaNames>

export function kafkaNames(namespace: string) {
  const prefix = `${namespace}.${VERSION}`
  return {
    events: `${prefix}.events`,
    group: (group: string) => `${prefix}.${group}`,
    deadLetters: (group: string) => `${prefix}.${group}.dead`,
  }
}

export interface TopicPlan {
  name: string
  partitions: number
  /** Kafka's settings of a topic that is created here; later they are the operator's. */
  settings: Record<string, string>
}

/**
 * A group whose place is forgotten, as Kafka does after 7 days without a member, reads everything again. So nothing may be
 * kept for longer than the inbox knows events again (7 days, inbox.ts). Kafka deletes by the half day here, not by message.
 */
export const eventsTopic = (names: KafkaNames, partitions: number): TopicPlan => ({
  name: names.events,
  partitions,
  settings: { 'retention.ms': `${6 * DAY_MS}`, 'segment.ms': `${DAY_MS / 2}` },
})

export const deadLetterTopic = (names: KafkaNames, group: string): TopicPlan => ({
  name: names.deadLetters(group),
  partitions: 1,
  settings: { 'retention.ms': `${30 * DAY_MS}` },
})

/**
 * Creates the topic unless it is there, with as many copies as the broker makes by default. Errors: `invalid` when it has
 * another number of partitions: the same key would be in two of them, and its events out of order.
 */
export async function ensureTopic(admin: Admin, plan: TopicPlan): Promise<void> {
  const refusal = await createTopic(admin, plan)
  const partitions = await partitionsOf(admin, plan.name, refusal ? 0 : APPEAR_TIMEOUT_MS)
  if (partitions === undefined) throw refusal ?? new AppError('unavailable', `Kafka does not show the topic ${plan.name} yet.`)
  if (partitions !== plan.partitions) {
    throw new AppError(
      'invalid',
      `The topic ${plan.name} has ${partitions} partitions, and ${plan.partitions} are configured: set messaging.shards to ${partitions} for every service, or drain and delete the topic.`,
    )
  }
}

/** Answers why the broker would not create it; it may be there all the same, made by somebody who may. */
async function createTopic(admin: Admin, { name, partitions, settings }: TopicPlan): Promise<unknown> {
  try {
    await admin.createTopics({
      topics: [name],
      partitions,
      replicas: -1,
      configs: Object.entries(settings).map(([setting, value]) => ({ name: setting, value })),
    })
    return undefined
  } catch (error) {
    return error instanceof Error && findErrorBy(error, 'apiId', 'TOPIC_ALREADY_EXISTS') ? undefined : error
  }
}

/** Undefined when there is no such topic, also not after a while: a new one is not known to every server at once. */
async function partitionsOf(admin: Admin, topic: string, waitMs: number): Promise<number | undefined> {
  const deadlineMs = performance.now() + waitMs
  for (;;) {
    const found = await admin.metadata({ topics: [topic], forceUpdate: true }).then(
      ({ topics }) => topics.get(topic)?.partitionsCount,
      (error: unknown) => {
        if (isUnknownTopic(error)) return undefined
        throw error
      },
    )
    if (found !== undefined || performance.now() > deadlineMs) return found
    await pauseOrAbort(APPEAR_POLL_MS, new AbortController().signal)
  }
}

function isUnknownTopic(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Unknown topic')
}

/** Whether the topic is as planned: asked once, until there is reason to ask again. */
export type TopicCheck = ReturnType<typeof createTopicCheck>

export function createTopicCheck(admin: Admin, plan: TopicPlan) {
  let checked: Promise<void> | undefined
  let wasReady = false
  const forget = () => {
    checked = undefined
  }
  return {
    async ready(): Promise<void> {
      checked ??= ensureTopic(admin, plan)
      // A failure is told to those who wait and not remembered.
      await checked.catch((error: unknown) => {
        forget()
        throw error
      })
      wasReady = true
    },
    /** Whether it ever was. */
    wasReady: () => wasReady,
    forget,
  }
}
