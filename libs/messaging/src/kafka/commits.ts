import { type AppError, backoffMs, type Logger, withTimeout } from '@order-flow/service-kit'
import { Consumer } from '@platformatic/kafka'
import type { KafkaConnection } from './connection.ts'
import type { KafkaPartition } from './partition.ts'

/** What was handled in the meantime is delivered again after a crash, and the inbox drops it. */
const COMMIT_DELAY_MS = 100
const CLOSE_TIMEOUT_MS = 3000
/** The broker need not compare the leader's epoch. */
const ANY_EPOCH = -1

export interface KafkaCommitsOptions {
  /** The member of the group that we speak for. */
  member: Consumer
  connection: KafkaConnection
  topic: string
  owned: ReadonlyMap<number, KafkaPartition>
  explain: (error: unknown) => AppError
  logger: Logger
}

/**
 * Tells the broker how far the group has come, for all partitions together and one request at a time. No offset is told
 * before everything below it is handled.
 *
 * It does so on a connection of its own. While the group agrees anew on who has what, the broker lets the member wait for
 * that and answers nothing else on its connection, for up to 10 s.
 */
export type KafkaCommits = ReturnType<typeof createKafkaCommits>

export function createKafkaCommits({ member, connection, topic, owned, explain, logger }: KafkaCommitsOptions) {
  const { groupId } = member
  // Without retries the library never has this second client join the group by itself.
  const speaker = new Consumer({ ...connection, groupId, retries: 0 })
  let timer: NodeJS.Timeout | undefined
  let committing: Promise<void> | undefined
  let failures = 0
  let stopped = false

  function soon(): void {
    if (stopped) return
    timer ??= setTimeout(
      () => {
        timer = undefined
        // While the group agrees anew, its broker refuses at times.
        if (!member.isActive() || committing) return soon()
        now().then(
          () => {
            failures = 0
          },
          (error: unknown) => {
            failures += 1
            logger.warn({ group: groupId, reason: explain(error).message }, 'offsets cannot be committed, trying again')
            soon()
          },
        )
      },
      failures === 0 ? COMMIT_DELAY_MS : backoffMs(failures, 200, 5000),
    )
  }

  async function now(): Promise<void> {
    await committing?.catch(() => undefined) // told to whoever began it
    committing = commit([...owned.values()]).finally(() => {
      committing = undefined
    })
    await committing
  }

  async function commit(partitions: readonly KafkaPartition[]): Promise<void> {
    const done: { partition: KafkaPartition; offset: bigint }[] = []
    for (const partition of partitions) {
      const offset = partition.progress()
      if (offset !== undefined) done.push({ partition, offset })
    }
    if (done.length === 0) return
    speakForMember()
    await speaker.commit({
      offsets: done.map(({ partition, offset }) => ({ topic, partition: partition.id, offset, leaderEpoch: ANY_EPOCH })),
    })
    for (const { partition, offset } of done) partition.committedUpTo(offset)
  }

  function speakForMember(): void {
    speaker.memberId = member.memberId
    speaker.generationId = member.generationId
  }

  return {
    soon,
    /** The group is taking the partition away: whoever gets it should not do again what is done. */
    last(partition: KafkaPartition): void {
      commit([partition]).catch((error: unknown) => {
        const fields = { group: groupId, partition: partition.id, reason: explain(error).message }
        logger.info(fields, 'the last offset of a partition was not committed; some events come again')
      })
    },
    /** Nothing is told any more until `leave`. */
    stop(): void {
      stopped = true
      clearTimeout(timer)
    },
    /** Tells the last offsets and that the member leaves the group; the member is told nothing. */
    async leave(): Promise<void> {
      const end = async () => {
        await now().finally(async () => {
          speakForMember()
          await speaker.leaveGroup()
        })
      }
      await withTimeout(end(), CLOSE_TIMEOUT_MS, 'Kafka did not answer').catch((error: unknown) => {
        logger.info({ group: groupId, reason: explain(error).message }, 'the consumer group was not told all; some events come again')
      })
      await withTimeout(speaker.close(), CLOSE_TIMEOUT_MS, 'The connections did not close').catch(() => undefined) // they are given up
    },
  }
}
