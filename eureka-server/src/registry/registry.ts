import { AppError } from '@order-flow/service-kit'
import type { InstanceInfo, InstanceStatus, Lease, Origin } from './instance.ts'
import type { Scope } from './scope.ts'
import { effectiveStatus } from './status-rules.ts'

/** The instances of one name. */
export interface Application {
  /** In upper case. */
  readonly name: string
  /** By instance id, in the order of their first registration. */
  readonly leases: ReadonlyMap<string, Lease>
  /** Changes with everything that a reader can see of it, except renewal times. */
  readonly version: number
}

export interface RegistryLimits {
  maxInstances: number
  maxInstancesPerApplication: number
}

/** What a heartbeat says beside that the instance lives. */
export interface Heartbeat {
  origin: Origin
  /** Of the data that the sender has; undefined when it does not say. */
  lastDirtyTimestamp?: number | undefined
  /** An override that the sender knows of. */
  overriddenStatus?: InstanceStatus | undefined
}

/**
 * What became of a heartbeat. `unknown`: the sender must register the instance (again), as it is not here, has no usable
 * status, or is here with older data. `newer-here`: renewed, but the peer that sent it has older data than `lease`.
 */
export type Renewal = { result: 'renewed' | 'unknown' } | { result: 'newer-here'; lease: Lease }

/** Hears of each change as it is made: the lease as it is now, or as it was with actionType DELETED. */
export type ChangeListener = (lease: Lease, version: number) => void

/** The leases of all instances. Reads no clock: every operation is told the time (ms). */
export interface Registry {
  /** Grows by one with each change that a reader can see; heartbeats are none. */
  version(): number
  size(): number
  /** How many renewals there have been; those from peers count, too. */
  renewals(): number
  /** How many instances have each status; statuses that none has are absent. */
  statusCounts(): ReadonlyMap<InstanceStatus, number>
  /** Adds the instance, or gives a new lease to a known one. Errors: `invalid` when the registry is full. */
  register(instance: InstanceInfo, nowMs: number, origin?: Origin): void
  renew(app: string, instanceId: string, nowMs: number, heartbeat: Heartbeat): Renewal
  /** Removes an instance; false when it is unknown. */
  cancel(app: string, instanceId: string, nowMs: number): boolean
  /**
   * Overrides the status until the override is removed or the instance leaves; false when it is unknown. A newer
   * `lastDirtyTimestamp` is taken over.
   */
  overrideStatus(app: string, instanceId: string, status: InstanceStatus, nowMs: number, lastDirtyTimestamp?: number): boolean
  /** Ends an override; `status` counts until the instance registers again. False when the instance is unknown. */
  removeOverride(app: string, instanceId: string, status: InstanceStatus, nowMs: number): boolean
  /** Adds entries to the metadata; they stay for keys that the instance does not send itself. False when it is unknown. */
  addMetadata(app: string, instanceId: string, entries: Record<string, string>, nowMs: number): boolean
  /** Puts a lease back as it was, when this process starts again. Errors: `invalid` when the registry is full. */
  restore(lease: Lease): void
  /** Prolongs every lease by a time in which no renewal could be heard, ms, to `nowMs` at most. */
  prolongAll(deafMs: number, nowMs: number): void
  /** The applications that have an instance, in the order of their first registration. */
  applications(): IterableIterator<Application>
  /** An application by its name in upper case; undefined when it has no instance. */
  application(app: string): Application | undefined
  lease(app: string, instanceId: string): Lease | undefined
  /** The first instance with this id in any application (of the scope). */
  findLease(instanceId: string, scope?: Scope): Lease | undefined
  /** Calls the listener after each change, while the change is being made: it must be quick and must not throw. */
  onChange(listener: ChangeListener): void
}

interface MutableApplication {
  readonly name: string
  readonly leases: Map<string, Lease>
  version: number
}

/** Makes an empty registry. */
export function createRegistry(limits: RegistryLimits): Registry {
  const applications = new Map<string, MutableApplication>()
  const counts = new Map<InstanceStatus, number>()
  const listeners: ChangeListener[] = []
  let version = 0
  let size = 0
  let renewals = 0

  function leaseOf(app: string, instanceId: string): Lease | undefined {
    return applications.get(app)?.leases.get(instanceId)
  }

  function put(next: Lease): void {
    const { app, instanceId } = next.instance
    const application = applications.get(app) ?? { name: app, leases: new Map<string, Lease>(), version }
    const previous = application.leases.get(instanceId)
    if (previous) count(previous.status, -1)
    else size++
    applications.set(app, application)
    application.leases.set(instanceId, next)
    count(next.status, 1)
    changed(application, next)
  }

  function changed(application: MutableApplication, lease: Lease): void {
    application.version = ++version
    for (const listener of listeners) listener(lease, version)
  }

  function count(status: InstanceStatus, difference: 1 | -1): void {
    const next = (counts.get(status) ?? 0) + difference
    if (next === 0) counts.delete(status)
    else counts.set(status, next)
  }

  function checkRoom(app: string, instanceId: string): void {
    if (leaseOf(app, instanceId)) return
    const { maxInstances, maxInstancesPerApplication } = limits
    if (size >= maxInstances) throw full(`The registry is full: it takes ${maxInstances} instances (eureka.server.max-instances).`)
    if ((applications.get(app)?.leases.size ?? 0) < maxInstancesPerApplication) return
    throw full(
      `${app} is full: an application takes ${maxInstancesPerApplication} instances (eureka.server.max-instances-per-application).`,
    )
  }

  function register(instance: InstanceInfo, nowMs: number, origin: Origin = 'client'): void {
    checkRoom(instance.app, instance.instanceId)
    put(registeredLease(leaseOf(instance.app, instance.instanceId), instance, nowMs, origin))
  }

  function renew(app: string, instanceId: string, nowMs: number, heartbeat: Heartbeat): Renewal {
    const known = leaseOf(app, instanceId)
    if (!known || known.status === 'UNKNOWN') return { result: 'unknown' }
    // In place and without a new version: heartbeats must not undo what was made ready for readers.
    known.lastRenewalAtMs = Math.max(known.lastRenewalAtMs, nowMs)
    renewals++
    const theirs = heartbeat.lastDirtyTimestamp ?? known.instance.lastDirtyTimestamp
    if (theirs === known.instance.lastDirtyTimestamp) return { result: 'renewed' }
    if (theirs < known.instance.lastDirtyTimestamp) {
      return heartbeat.origin === 'peer' ? { result: 'newer-here', lease: known } : { result: 'renewed' }
    }
    // The registration that is asked for would lose an override that only the peer has.
    const override = heartbeat.overriddenStatus ?? 'UNKNOWN'
    if (override !== 'UNKNOWN' && override !== known.overriddenStatus) put({ ...known, overriddenStatus: override })
    return { result: 'unknown' }
  }

  function cancel(app: string, instanceId: string, nowMs: number): boolean {
    const application = applications.get(app)
    const known = application?.leases.get(instanceId)
    if (!application || !known) return false
    application.leases.delete(instanceId)
    if (application.leases.size === 0) applications.delete(app)
    size--
    count(known.status, -1)
    changed(application, { ...known, actionType: 'DELETED', evictedAtMs: nowMs, lastUpdatedAtMs: nowMs })
    return true
  }

  function change(app: string, instanceId: string, nowMs: number, next: (known: Lease) => Partial<Lease> | undefined): boolean {
    const known = leaseOf(app, instanceId)
    if (!known) return false
    const changes = next(known)
    known.lastRenewalAtMs = Math.max(known.lastRenewalAtMs, nowMs)
    if (changes) put({ ...known, actionType: 'MODIFIED', lastUpdatedAtMs: nowMs, ...changes })
    return true
  }

  function overrideStatus(app: string, instanceId: string, status: InstanceStatus, nowMs: number, lastDirtyTimestamp = 0): boolean {
    return change(app, instanceId, nowMs, (known) => {
      if (known.status === status) return undefined
      const newest = Math.max(lastDirtyTimestamp, known.instance.lastDirtyTimestamp)
      return {
        status,
        overriddenStatus: status,
        serviceUpAtMs: known.serviceUpAtMs || (status === 'UP' ? nowMs : 0),
        instance: { ...known.instance, lastDirtyTimestamp: newest },
      }
    })
  }

  function removeOverride(app: string, instanceId: string, status: InstanceStatus, nowMs: number): boolean {
    return change(app, instanceId, nowMs, (known) =>
      known.overriddenStatus === 'UNKNOWN' ? undefined : { status, overriddenStatus: 'UNKNOWN' },
    )
  }

  function addMetadata(app: string, instanceId: string, entries: Record<string, string>, nowMs: number): boolean {
    return change(app, instanceId, nowMs, (known) => ({
      actionType: 'ADDED',
      registeredAtMs: nowMs,
      addedMetadata: { ...known.addedMetadata, ...entries },
      instance: { ...known.instance, metadata: { ...known.instance.metadata, ...entries } },
    }))
  }

  function prolongAll(deafMs: number, nowMs: number): void {
    for (const { leases } of applications.values()) {
      for (const known of leases.values())
        known.lastRenewalAtMs = Math.max(known.lastRenewalAtMs, Math.min(known.lastRenewalAtMs + deafMs, nowMs))
    }
  }

  return {
    version: () => version,
    size: () => size,
    renewals: () => renewals,
    statusCounts: () => counts,
    register,
    renew,
    cancel,
    overrideStatus,
    removeOverride,
    addMetadata,
    restore(lease) {
      checkRoom(lease.instance.app, lease.instance.instanceId)
      put(lease)
    },
    prolongAll,
    applications: () => applications.values(),
    application: (app) => applications.get(app),
    lease: leaseOf,
    findLease(instanceId, scope) {
      for (const { name, leases } of applications.values()) {
        const found = !scope || scope.includes(name) ? leases.get(instanceId) : undefined
        if (found) return found
      }
      return undefined
    },
    onChange: (listener) => void listeners.push(listener),
  }
}

function registeredLease(existing: Lease | undefined, incoming: InstanceInfo, nowMs: number, origin: Origin): Lease {
  // A late message must not undo newer data; the lease begins anew all the same.
  const isOutdated = existing !== undefined && existing.instance.lastDirtyTimestamp > incoming.lastDirtyTimestamp
  const addedMetadata = existing?.addedMetadata ?? NO_METADATA
  const instance = isOutdated ? existing.instance : withMetadata(incoming, addedMetadata)
  const isOverridden = existing !== undefined && existing.overriddenStatus !== 'UNKNOWN'
  // A client may know of an override that this registry has lost.
  const overridden = isOverridden ? existing.overriddenStatus : incoming.overriddenStatus
  const status = effectiveStatus(instance.status, { overridden, known: existing?.status, origin })
  return {
    instance,
    status,
    overriddenStatus: overridden,
    addedMetadata,
    actionType: 'ADDED',
    registeredAtMs: nowMs,
    lastRenewalAtMs: nowMs,
    evictedAtMs: 0,
    serviceUpAtMs: existing?.serviceUpAtMs || (status === 'UP' ? nowMs : 0),
    lastUpdatedAtMs: nowMs,
  }
}

const NO_METADATA: Readonly<Record<string, string>> = Object.freeze({})

/** What an operator added stays when the instance registers anew, except where the instance itself says otherwise. */
function withMetadata(instance: InstanceInfo, added: Readonly<Record<string, string>>): InstanceInfo {
  return added === NO_METADATA ? instance : { ...instance, metadata: { ...added, ...instance.metadata } }
}

function full(message: string): AppError {
  return new AppError('invalid', message, { problem: 'registry-full' })
}
