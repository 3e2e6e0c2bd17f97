import { setTimeout as pause } from 'node:timers/promises'
import { backoffMs } from './backoff.ts'
import type { Leadership } from './database.ts'

/** Leading: until `lost` aborts or the leader resigns. */
export interface Mandate {
  lost: AbortSignal
  resign(): Promise<void>
}

/**
 * Campaigns, works while leading, resigns, campaigns again; until `stop()`. `campaign` waits until this process leads; it
 * may give up by rejecting, and must when the signal it is given aborts.
 */
export function startLeadership(
  campaign: (stopped: AbortSignal) => Promise<Mandate>,
  work: (lost: AbortSignal) => Promise<void>,
): Leadership {
  const stopped = new AbortController()
  let failures = 0

  async function lead(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        const mandate = await campaign(stopped.signal)
        // Also after work that failed: perhaps another process can do it.
        await work(AbortSignal.any([mandate.lost, stopped.signal])).finally(() => mandate.resign())
        failures = 0
      } catch {
        // The work tells of its own failures; here they only make the pause longer.
        failures += 1
      }
      await pause(backoffMs(failures + 1, 50, 5000), undefined, { signal: stopped.signal }).catch(() => undefined)
    }
  }

  const leading = lead()
  return {
    async stop() {
      stopped.abort()
      await leading
    },
  }
}
