import { AppError, type Logger } from '@order-flow/service-kit'
import type { Audit } from '../guard/audit.ts'
import type { Caller } from '../guard/guard.ts'
import type { Registry } from '../registry/registry.ts'
import type { ReadChange, ReplicatedChange, ReplicationResult } from '../wire/batch.ts'

export interface ReplicatedChangesParts {
  registry: Registry
  audit: Pick<Audit, 'changed'>
  logger: Logger
  now(): number
}

const EVENTS = {
  Register: 'instance registered',
  Cancel: 'instance deregistered',
  StatusUpdate: 'status overridden',
  DeleteStatusOverride: 'status override removed',
} as const

/**
 * Applies what a peer passes on, each change for itself; nothing of it is passed on again. What it may not pass on is 403,
 * which Java peers log and forget.
 */
export function createReplicatedChanges({ registry, audit, logger, now }: ReplicatedChangesParts) {
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

  function applyFor(caller: Caller, change: ReplicatedChange): ReplicationResult {
    const { action, app, instanceId } = change
    if (!caller.rights.may('replicate', app)) return { statusCode: 403 }
    const result = apply(change)
    if (action !== 'Heartbeat' && result.statusCode === 200) {
      audit.changed(caller, EVENTS[action], { app, instanceId, origin: 'peer' })
    }
    return result
  }

  return (changes: readonly ReadChange[], caller: Caller): ReplicationResult[] =>
    changes.map((read) => {
      if ('error' in read) return refusal(read.error, read.isRefused ? 200 : 500)
      try {
        return applyFor(caller, read.change)
      } catch (error) {
        return refusal(error, 200)
      }
    })
}

function found(isKnown: boolean): ReplicationResult {
  return { statusCode: isKnown ? 200 : 404 }
}
