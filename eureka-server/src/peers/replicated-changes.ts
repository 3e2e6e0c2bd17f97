import { AppError, type Logger } from '@order-flow/service-kit'
import type { Registry } from '../registry/registry.ts'
import type { ReadChange, ReplicatedChange, ReplicationResult } from '../wire/batch.ts'

export interface ReplicatedChangesParts {
  registry: Registry
  logger: Logger
  now(): number
}

/** Applies what a peer passes on, each change for itself; nothing of it is passed on again. */
export function createReplicatedChanges({
  registry,
  logger,
  now,
}: ReplicatedChangesParts): (changes: readonly ReadChange[]) => ReplicationResult[] {
  function apply(change: ReplicatedChange): ReplicationResult {
    const { app, instanceId, status = 'UNKNOWN', lastDirtyTimestamp } = change
    switch (change.action) {
      case 'Register':
        // A refusal is answered 200, too, as in Java: the sender could do nothing about it.
        if (change.instance) registry.register(change.instance, now(), 'peer')
        return { statusCode: 200 }
      case 'Heartbeat':
        return renew(change)
      case 'Cancel':
        return found(registry.cancel(app, instanceId, now()))
      case 'StatusUpdate':
        return found(registry.overrideStatus(app, instanceId, status, now(), lastDirtyTimestamp))
      case 'DeleteStatusOverride':
        return found(registry.removeOverride(app, instanceId, status, now()))
    }
  }

  function renew({ app, instanceId, lastDirtyTimestamp, overriddenStatus }: ReplicatedChange): ReplicationResult {
    const renewal = registry.renew(app, instanceId, now(), { origin: 'peer', lastDirtyTimestamp, overriddenStatus })
    if (renewal.result === 'newer-here') return { statusCode: 409, newer: renewal.lease }
    return found(renewal.result === 'renewed')
  }

  function refusal(error: unknown, statusCode: number): ReplicationResult {
    if (!(error instanceof AppError)) throw error
    logger.warn({ reason: error.message }, 'a change from a peer was not taken')
    return { statusCode }
  }

  return (changes) =>
    changes.map((read) => {
      if ('error' in read) return refusal(read.error, read.isRefused ? 200 : 500)
      try {
        return apply(read.change)
      } catch (error) {
        return refusal(error, 200)
      }
    })
}

function found(isKnown: boolean): ReplicationResult {
  return { statusCode: isKnown ? 200 : 404 }
}
