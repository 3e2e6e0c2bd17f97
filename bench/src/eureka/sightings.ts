import { createLatency, type Percentiles } from '../latency.ts'
import type { ListedApplication } from './listing.ts'

/** What was waited for and when it was seen. */
export interface Seen {
  ms: Percentiles
  /** How many were not seen within the time. */
  missed: number
}

/** Notes when each instance was first listed with an action. */
export function createSightings() {
  const firstMs = new Map<string, number>()

  return {
    see(applications: readonly ListedApplication[], atMs: number): void {
      for (const { instance } of applications) {
        for (const { instanceId, actionType } of instance) {
          const key = `${actionType} ${instanceId}`
          if (!firstMs.has(key)) firstMs.set(key, atMs)
        }
      }
    },

    /** Whether all of these instances have been listed so. */
    hasAll: (actionType: Action, ids: Iterable<string>) => Iterator.from(ids).every((id) => firstMs.has(`${actionType} ${id}`)),

    /** How long after its own moment each instance was listed so; what was listed a little before counts as at once. */
    after(actionType: Action, momentsMs: ReadonlyMap<string, number>): Seen {
      const latency = createLatency()
      let missed = 0
      for (const [id, momentMs] of momentsMs) {
        const atMs = firstMs.get(`${actionType} ${id}`)
        if (atMs === undefined) missed += 1
        else latency.record(atMs - momentMs)
      }
      return { ms: latency.percentiles(), missed }
    },
  }
}

export type Action = 'ADDED' | 'DELETED'
export type Sightings = ReturnType<typeof createSightings>
