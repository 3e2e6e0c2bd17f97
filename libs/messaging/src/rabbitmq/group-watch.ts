import { AppError, backoffMs, type Logger } from '@order-flow/service-kit'
import { pauseOrAbort } from '../delivery-queue.ts'
import type { Changes } from './changes.ts'
import type { Session } from './session.ts'
import { missingGroups, type Topology } from './topology.ts'

const LOOK_BASE_MS = 100
const LOOK_MAX_MS = 2000
/** With the longest pause between looks: about once a minute. */
const LOOKS_PER_LOG = 40
/** What was seen less than this ago is not looked at again. */
const TRUST_MS = 1000

export interface GroupWatchOptions {
  topology: Topology
  groups: readonly string[]
  /** Told whenever `missing()` may have changed. */
  changes: Changes
  logger: Logger
}

/** Knows whether the queues of all groups are there: what is published before that is lost for those that are not. */
export type GroupWatch = ReturnType<typeof createGroupWatch>

export function createGroupWatch({ topology, groups, changes, logger }: GroupWatchOptions) {
  const unwantedTypes = new Set<string>()
  let missing = groups
  let completeMs = Number.NEGATIVE_INFINITY

  /** Looks in the background until all are there or the session ends. */
  function start(session: Session): void {
    missing = groups
    lookUntilComplete(session).catch(session.fail)
  }

  async function lookUntilComplete(session: Session): Promise<void> {
    for (let looks = 0; !session.lost.aborted; looks += 1) {
      missing = await missingGroups(session, topology, groups)
      changes.announce()
      if (missing.length === 0) {
        completeMs = performance.now()
        return
      }
      if (looks % LOOKS_PER_LOG === 0) logger.warn({ groups: missing }, 'publishing waits for consumers that have never subscribed')
      await pauseOrAbort(backoffMs(looks + 1, LOOK_BASE_MS, LOOK_MAX_MS), session.lost)
    }
  }

  /** No queue took events of these types. Rejects with `unavailable` when a queue is missing that might; else nobody wants them. */
  async function explainUnwanted(session: Session, types: ReadonlySet<string>): Promise<void> {
    if (performance.now() - completeMs > TRUST_MS) {
      const gone = await missingGroups(session, topology, groups)
      if (gone.length > 0) {
        start(session)
        throw new AppError('unavailable', `The queues of ${gone.join(', ')} are gone; their consumers make them again.`)
      }
      completeMs = performance.now()
    }
    for (const type of types) {
      if (unwantedTypes.has(type)) continue
      unwantedTypes.add(type)
      logger.warn({ type }, 'no consumer wants events of this type')
    }
  }

  return { start, missing: () => missing, explainUnwanted }
}
