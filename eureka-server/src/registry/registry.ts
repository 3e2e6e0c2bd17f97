import { AppError } from '@order-flow/service-kit'
import type { InstanceInfo, InstanceStatus, Lease } from './instance.ts'

/** The leases of all instances. Reads no clock: every operation is told the time (ms). */
export interface Registry {
  /** Changes with everything that a reader can see, except renewal times. */
  version(): number
  size(): number
  /** Adds the instance, or gives a new lease to a known one. Errors: `invalid` when the registry is full. */
  register(instance: InstanceInfo, nowMs: number): void
  /**
   * Prolongs a lease. False when the client must register (again): the instance is unknown, has no usable status, or its
   * data is newer than what is here.
   */
  renew(app: string, instanceId: string, nowMs: number, lastDirtyTimestamp?: number): boolean
  /** Removes an instance; false when it is unknown. */
  cancel(app: string, instanceId: string): boolean
  /** Overrides the status until the override is removed or the instance leaves; false when it is unknown. */
  overrideStatus(app: string, instanceId: string, status: InstanceStatus, nowMs: number): boolean
  /** Ends an override; `status` counts until the instance registers again. False when the instance is unknown. */
  removeOverride(app: string, instanceId: string, status: InstanceStatus, nowMs: number): boolean
  /** Prolongs every lease by a time in which no renewal could be heard, ms, to `nowMs` at most. */
  prolongAll(deafMs: number, nowMs: number): void
  /** Removes the leases that have ended and answers them. */
  evictExpired(nowMs: number): Lease[]
  /** Names of the applications that have an instance, in the order of their first registration. */
  applications(): string[]
  /** The leases of an application; the name in upper case. */
  leasesOf(app: string): Lease[]
  lease(app: string, instanceId: string): Lease | undefined
  /** The first instance with this id in any application. */
  findLease(instanceId: string): Lease | undefined
}

/** Makes an empty registry for at most `maxInstances` instances. */
export function createRegistry(maxInstances: number): Registry {
  const applications = new Map<string, Map<string, Lease>>()
  let version = 0
  let size = 0

  function lease(app: string, instanceId: string): Lease | undefined {
    return applications.get(app)?.get(instanceId)
  }

  function put(next: Lease): void {
    const { app, instanceId } = next.instance
    const leases = applications.get(app) ?? new Map<string, Lease>()
    if (!leases.has(instanceId)) size++
    applications.set(app, leases.set(instanceId, next))
    version++
  }

  function cancel(app: string, instanceId: string): boolean {
    const leases = applications.get(app)
    if (!leases?.delete(instanceId)) return false
    if (leases.size === 0) applications.delete(app)
    size--
    version++
    return true
  }

  function register(instance: InstanceInfo, nowMs: number): void {
    const existing = lease(instance.app, instance.instanceId)
    if (!existing && size >= maxInstances) {
      throw new AppError('invalid', `The registry is full: it takes ${maxInstances} instances (eureka.server.max-instances).`)
    }
    put(registeredLease(existing, instance, nowMs))
  }

  function renew(app: string, instanceId: string, nowMs: number, lastDirtyTimestamp?: number): boolean {
    const known = lease(app, instanceId)
    if (!known || known.status === 'UNKNOWN') return false
    // Replaced in place without a new version: heartbeats must not undo what was made ready for readers.
    known.lastRenewalAtMs = nowMs
    return lastDirtyTimestamp === undefined || lastDirtyTimestamp <= known.instance.lastDirtyTimestamp
  }

  function change(app: string, instanceId: string, nowMs: number, next: (known: Lease) => Partial<Lease> | undefined): boolean {
    const known = lease(app, instanceId)
    if (!known) return false
    const changes = next(known)
    known.lastRenewalAtMs = nowMs
    if (changes) put({ ...known, ...changes, actionType: 'MODIFIED', lastUpdatedAtMs: nowMs })
    return true
  }

  function prolongAll(deafMs: number, nowMs: number): void {
    for (const leases of applications.values()) {
      for (const known of leases.values())
        known.lastRenewalAtMs = Math.max(known.lastRenewalAtMs, Math.min(known.lastRenewalAtMs + deafMs, nowMs))
    }
  }

  function evictExpired(nowMs: number): Lease[] {
    const expired = [...applications.values()].flatMap((leases) => [...leases.values()].filter((known) => isExpired(known, nowMs)))
    for (const { instance } of expired) cancel(instance.app, instance.instanceId)
    return expired
  }

  return {
    version: () => version,
    size: () => size,
    register,
    renew,
    cancel,
    overrideStatus: (app, instanceId, status, nowMs) =>
      change(app, instanceId, nowMs, (known) =>
        known.status === status
          ? undefined
          : { status, overriddenStatus: status, serviceUpAtMs: known.serviceUpAtMs || (status === 'UP' ? nowMs : 0) },
      ),
    removeOverride: (app, instanceId, status, nowMs) =>
      change(app, instanceId, nowMs, (known) =>
        known.overriddenStatus === 'UNKNOWN' ? undefined : { status, overriddenStatus: 'UNKNOWN' },
      ),
    prolongAll,
    evictExpired,
    applications: () => [...applications.keys()],
    leasesOf: (app) => [...(applications.get(app)?.values() ?? [])],
    lease,
    findLease(instanceId) {
      for (const leases of applications.values()) {
        const found = leases.get(instanceId)
        if (found) return found
      }
      return undefined
    },
  }
}

/** True when the instance has not renewed for longer than its lease lasts. */
export function isExpired({ instance, lastRenewalAtMs }: Lease, nowMs: number): boolean {
  return nowMs > lastRenewalAtMs + instance.durationSecs * 1000
}

function registeredLease(existing: Lease | undefined, incoming: InstanceInfo, nowMs: number): Lease {
  // A late message must not undo newer data; the lease begins anew all the same.
  const isOutdated = existing !== undefined && existing.instance.lastDirtyTimestamp > incoming.lastDirtyTimestamp
  const instance = isOutdated ? existing.instance : incoming
  const isOverridden = existing !== undefined && existing.overriddenStatus !== 'UNKNOWN'
  // A client may know of an override that this registry has lost.
  const overriddenStatus = isOverridden ? existing.overriddenStatus : incoming.overriddenStatus
  const status = effectiveStatus(instance.status, overriddenStatus, existing?.status)
  return {
    instance,
    status,
    overriddenStatus,
    actionType: 'ADDED',
    registeredAtMs: nowMs,
    lastRenewalAtMs: nowMs,
    serviceUpAtMs: existing?.serviceUpAtMs || (status === 'UP' ? nowMs : 0),
    lastUpdatedAtMs: nowMs,
  }
}

/**
 * The status that counts when an instance registers. What it says about its own trouble is believed; then an override
 * counts, then what was known before: an instance that an operator took out of service does not come back by itself.
 */
export function effectiveStatus(sent: InstanceStatus, overridden: InstanceStatus, known: InstanceStatus | undefined): InstanceStatus {
  if (sent !== 'UP' && sent !== 'OUT_OF_SERVICE') return sent
  if (overridden !== 'UNKNOWN') return overridden
  return known === 'UP' || known === 'OUT_OF_SERVICE' ? known : sent
}
