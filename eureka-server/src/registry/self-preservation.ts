import type { Lease } from './instance.ts'
import type { Registry } from './registry.ts'

export interface SelfPreservationOptions {
  isEnabled: boolean
  /** The share of instances that must be heard, 0 to 1; at least one may always fall silent. */
  threshold: number
  /** How long instances that were heard are expected to be heard, ms. */
  windowMs: number
  /** After so long those that are silent are given up, provided that others are heard, ms. */
  maxMs: number
}

/** How many are heard, and whether that is so few that nobody is evicted. */
export interface Preservation {
  isActive: boolean
  /** When it became active, ms; undefined while it is not. */
  sinceMs: number | undefined
  registered: number
  /** Instances that have renewed within two of their own intervals. */
  heard: number
  /** The most that were heard within the window, without those that have said goodbye since. */
  expected: number
  /** How many of the expected may fall silent before it becomes active. */
  tolerated: number
}

export interface SelfPreservation {
  /** Looks at all leases; answers the ones that have ended and may be evicted. Call about once a second. */
  look(nowMs: number): Lease[]
  /** As of the last look. */
  state(): Preservation
}

interface Sight {
  atMs: number
  heard: number
}

/**
 * Tells a dead instance from a registry that hears nobody. Each instance is measured by its own interval, and the number
 * that is heard is compared with the most that were heard within the last minute: when more than the tolerated share is
 * missing (15 %, rounded up: 1 of 1 to 6, 2 of 7 to 13), rather the network is at fault, and nobody is evicted until
 * enough are heard again, from the same instances or from new ones.
 */
export function createSelfPreservation(registry: Registry, options: SelfPreservationOptions): SelfPreservation {
  let sights: Sight[] = []
  let current: Preservation = { isActive: false, sinceMs: undefined, registered: 0, heard: 0, expected: 0, tolerated: 1 }

  // Who says goodbye is not missed. An eviction comes this way, too, but those it takes were missing before.
  registry.onChange((lease) => {
    if (lease.actionType !== 'DELETED' || !isHeard(lease, lease.evictedAtMs)) return
    for (const sight of sights) sight.heard--
  })

  function expectedAt(nowMs: number, heard: number): number {
    if (!current.isActive) sights = sights.filter(({ atMs }) => atMs >= nowMs - options.windowMs)
    addSight(nowMs, heard)
    return sights.reduce((most, sight) => Math.max(most, sight.heard), heard)
  }

  // Only a sight that no later one exceeds can become the maximum.
  function addSight(nowMs: number, heard: number): void {
    while ((sights.at(-1)?.heard ?? Number.POSITIVE_INFINITY) <= heard) sights.pop()
    sights.push({ atMs: nowMs, heard })
  }

  function look(nowMs: number): Lease[] {
    const { ended, heard } = survey(registry, nowMs)
    const expected = expectedAt(nowMs, heard)
    const tolerated = Math.max(1, expected - Math.floor(expected * options.threshold))
    const isActive = options.isEnabled && expected - heard > tolerated
    const sinceMs = isActive ? (current.sinceMs ?? nowMs) : undefined
    current = { isActive, sinceMs, registered: registry.size(), heard, expected, tolerated }
    if (sinceMs === undefined) return ended
    if (heard === 0 || nowMs - sinceMs < options.maxMs) return []
    sights = []
    current = { ...current, isActive: false, sinceMs: undefined, expected: heard }
    return ended
  }

  return { look, state: () => current }
}

/** True when the instance has not renewed for longer than its lease lasts. */
export function isEnded({ instance, lastRenewalAtMs }: Lease, nowMs: number): boolean {
  return nowMs > lastRenewalAtMs + instance.durationSecs * 1000
}

function isHeard({ instance, lastRenewalAtMs }: Lease, nowMs: number): boolean {
  return nowMs <= lastRenewalAtMs + Math.min(instance.durationSecs, 2 * instance.renewalIntervalSecs) * 1000
}

function survey(registry: Registry, nowMs: number): { ended: Lease[]; heard: number } {
  const ended: Lease[] = []
  let heard = 0
  for (const { leases } of registry.applications()) {
    for (const lease of leases.values()) {
      if (isHeard(lease, nowMs)) heard++
      else if (isEnded(lease, nowMs)) ended.push(lease)
    }
  }
  return { ended, heard }
}
