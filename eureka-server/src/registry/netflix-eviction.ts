import type { Lease } from './instance.ts'
import type { Registry } from './registry.ts'
import type { Preservation, SelfPreservation } from './self-preservation.ts'

export interface NetflixEvictionOptions {
  isEnabled: boolean
  /** The share of the expected renewals below which nobody is evicted, 0 to 1; also the share that stays in one look. */
  threshold: number
  /** How often each instance is taken to renew, whatever it says. */
  expectedIntervalSecs: number
  /** 0 to 1; Math.random unless a test says otherwise. */
  random?(): number
}

const MINUTE_MS = 60_000

/**
 * Who is evicted in Netflix's server (specification, section 9), its known flaws included: a lease that was renewed lasts
 * twice as long as it says; renewals of the last whole minute are compared with what N + 1 instances would send every
 * 30 s, so with up to 5 instances nobody is ever evicted; at most 15 % go in one look, chosen at random.
 */
export function createNetflixEviction(registry: Registry, options: NetflixEvictionOptions): SelfPreservation {
  let bucket = { startMs: Number.NEGATIVE_INFINITY, renewalsBefore: 0, lastMinute: 0 }
  let current: Preservation = { isActive: false, sinceMs: undefined, registered: 0, heard: 0, expected: 0, tolerated: 0 }

  function renewalsLastMinute(nowMs: number): number {
    if (nowMs - bucket.startMs >= MINUTE_MS) {
      const total = registry.renewals()
      bucket = { startMs: nowMs, renewalsBefore: total, lastMinute: total - bucket.renewalsBefore }
    }
    return bucket.lastMinute
  }

  function look(nowMs: number): Lease[] {
    const renewals = renewalsLastMinute(nowMs)
    const expected = Math.floor((registry.size() + 1) * (60 / options.expectedIntervalSecs) * options.threshold)
    const isActive = options.isEnabled && renewals <= expected
    const sinceMs = isActive ? (current.sinceMs ?? nowMs) : undefined
    current = { isActive, sinceMs, registered: registry.size(), heard: renewals, expected, tolerated: 0 }
    if (isActive) return []
    const size = registry.size()
    return someOf(endedLeases(registry, nowMs), size - Math.floor(size * options.threshold), options.random ?? Math.random)
  }

  return { look, state: () => current }
}

function endedLeases(registry: Registry, nowMs: number): Lease[] {
  const ended: Lease[] = []
  for (const { leases } of registry.applications()) {
    for (const lease of leases.values()) if (isEnded(lease, nowMs)) ended.push(lease)
  }
  return ended
}

function isEnded({ instance, lastRenewalAtMs, registeredAtMs }: Lease, nowMs: number): boolean {
  const times = lastRenewalAtMs > registeredAtMs ? 2 : 1
  return nowMs > lastRenewalAtMs + times * instance.durationSecs * 1000
}

function someOf<T>(all: readonly T[], count: number, random: () => number): T[] {
  const rest = [...all]
  const chosen: T[] = []
  while (chosen.length < count && rest.length > 0) chosen.push(...rest.splice(Math.floor(random() * rest.length), 1))
  return chosen
}
