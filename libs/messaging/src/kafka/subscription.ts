import { AppError, backoffMs, type Logger } from '@order-flow/service-kit'
import type { Subscription } from '../broker.ts'
import { createDeliveryQueue, pauseOrAbort } from '../delivery-queue.ts'
import type { KafkaConnection } from './connection.ts'
import { orAborted } from './or-aborted.ts'
import { readRecord } from './records.ts'
import { joinKafkaGroup, type KafkaSession, type UnreadableRecord } from './session.ts'

const START_TIMEOUT_MS = 60_000
/** A membership that lasted this long was a good one: the next failure is a new one. */
const GOOD_SESSION_MS = 10_000

export interface KafkaSubscriptionOptions {
  subscription: Subscription
  connection: KafkaConnection
  topic: string
  groupId: string
  /** Rejects when the group's topics cannot be used now. */
  prepare: () => Promise<void>
  putAside: (unreadable: readonly UnreadableRecord[]) => Promise<void>
  explain: (error: unknown) => AppError
  logger: Logger
}

/** One group's subscription: a member of its consumer group that joins again whenever that breaks. */
export interface KafkaSubscription {
  /** Resolves when it has joined for the first time; rejects when it could not within 60 s, or never will. */
  started: Promise<void>
  /** Why nothing is delivered just now. */
  problem(): AppError | undefined
  /** Stops delivering, waits for the running handler, commits and leaves the group. */
  stop(): Promise<void>
}

export function createKafkaSubscription(options: KafkaSubscriptionOptions): KafkaSubscription {
  const { subscription, connection, topic, groupId, prepare, putAside, explain, logger } = options
  const wanted = new Set<string>(subscription.types)
  const stopped = new AbortController()
  const queue = createDeliveryQueue(subscription, stopped.signal, logger)
  const { promise: started, resolve: announceStart, reject: giveUp } = Promise.withResolvers<void>()
  let hasStarted = false
  let problem: AppError | undefined
  const running = run()

  async function run(): Promise<void> {
    const deadlineMs = performance.now() + START_TIMEOUT_MS
    for (let failures = 0; !stopped.signal.aborted; ) {
      const sinceMs = performance.now()
      problem = explain(await joinAndServe().catch((error: unknown) => error))
      if (stopped.signal.aborted) return
      if (!hasStarted && (!mayPass(problem) || performance.now() > deadlineMs)) return giveUp(problem)
      failures = performance.now() - sinceMs > GOOD_SESSION_MS ? 1 : failures + 1
      const retryInMs = backoffMs(failures, 500, 10_000)
      logger.warn({ group: groupId, retryInMs, reason: problem.message }, 'not connected to Kafka, trying again')
      await pauseOrAbort(retryInMs, stopped.signal)
    }
  }

  /** Answers why it is over. */
  async function joinAndServe(): Promise<unknown> {
    await orAborted(prepare(), stopped.signal)
    const read = (record: Parameters<typeof readRecord>[0]) => readRecord(record, wanted)
    const session = await joinKafkaGroup({ connection, topic, groupId, queue, read, putAside, stopped: stopped.signal, explain, logger })
    problem = undefined
    if (hasStarted) logger.info({ group: groupId }, 'connected to Kafka again')
    hasStarted = true
    announceStart()
    const reason = await orAborted(session.broken, stopped.signal).catch((error: unknown) => error)
    await end(session)
    return reason
  }

  async function end(session: KafkaSession): Promise<void> {
    await session.pause()
    if (stopped.signal.aborted) await queue.idle()
    else queue.clear()
    await session.leave()
  }

  return {
    started,
    problem: () => problem,
    async stop() {
      stopped.abort()
      giveUp(new AppError('unavailable', 'The message queue is closed.'))
      await running
      await queue.idle()
    },
  }
}

/** What only a change of configuration mends is told at once. */
function mayPass({ code }: AppError): boolean {
  return code === 'unavailable'
}
