import type { Logger } from '@order-flow/service-kit'
import type { Caller } from './guard.ts'
import { createRateLimit } from './rate-limit.ts'

/** Says who changed what, a line for each change that a client asks for (heartbeats are none), and who was refused what. */
export interface Audit {
  /** `facts`: which application and instance, and what is new; never values that could be secrets. */
  changed(caller: Caller, event: string, facts: Record<string, unknown>): void
  /** Of one address only some are told: whoever is refused often must not fill the log. */
  refused(caller: Pick<Caller, 'account' | 'address'>, facts: Record<string, unknown>): void
}

const REFUSALS_PER_MINUTE = 10

export function createAudit(parent: Logger, now: () => number): Audit {
  const logger = parent.child({ audit: true })
  const refusals = createRateLimit({ perSecond: REFUSALS_PER_MINUTE / 60, burst: REFUSALS_PER_MINUTE, now })
  return {
    changed: ({ account, address }, event, facts) => logger.info({ account, address, ...facts }, event),
    refused({ account, address }, facts) {
      if (refusals.take(address) === 0) logger.warn({ account, address, ...facts }, 'request refused')
    },
  }
}
