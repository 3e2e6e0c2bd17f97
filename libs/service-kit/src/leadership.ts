import { setTimeout as pause } from 'node:timers/promises'
import { backoffMs } from './backoff.ts'
import type { Leadership } from './database.ts'

/**
 * Campaigns, works while leading, campaigns again; until `stop()`. `campaign` waits until this process leads and answers
 * the signal that aborts when that ends; it may give up by rejecting, and must when the signal it is given aborts.
 */
export function startLeadership(
  campaign: (stopped: AbortSignal) => Promise<AbortSignal>,
  work: (lost: AbortSignal) => Promise<void>,
): Leadership {
  const stopped = new AbortController()
  let failures = 0

  async function lead(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        const ended = await campaign(stopped.signal)
        await work(AbortSignal.any([ended, stopped.signal]))
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
