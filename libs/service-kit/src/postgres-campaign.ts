import { setTimeout as pause } from 'node:timers/promises'
import type { Mandate } from './leadership.ts'
import type { LiveSession, PostgresSession } from './postgres-session.ts'

/** How long a dead leader's place stays free; a try costs the server some 20 us. */
const TRY_EVERY_MS = 500

/**
 * Leadership by advisory locks of the session: the server frees them when the connection ends, at once when the process
 * is killed, within 20 s when its machine vanishes.
 */
export function createPostgresCampaign(session: PostgresSession, schema: string) {
  // The server would give a lock that the session holds to it once more.
  const held = new Set<string>()

  /** Waits until this process leads under the name. Rejects when `stopped` aborts. */
  return async function campaign(name: string, stopped: AbortSignal): Promise<Mandate> {
    const lock = `lead:${schema}:${name}`
    for (;;) {
      const live = await session.whenLive(stopped)
      if (!held.has(lock)) {
        held.add(lock)
        if (await tryLock(live, lock)) return { lost: live.lost, resign: () => resign(live, lock) }
        held.delete(lock)
      }
      await pause(TRY_EVERY_MS, undefined, { signal: stopped })
    }
  }

  async function tryLock({ connection }: LiveSession, lock: string): Promise<boolean> {
    try {
      const { rows } = await connection.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as leads', [lock])
      return rows[0]?.leads === 1
    } catch {
      return false // the session is being lost, and opens again
    }
  }

  async function resign({ connection, lost, cut }: LiveSession, lock: string): Promise<void> {
    try {
      if (!lost.aborted) await connection.query('select pg_advisory_unlock(hashtextextended($1, 0))', [lock])
    } catch {
      cut() // which frees it too
    } finally {
      held.delete(lock)
    }
  }
}
