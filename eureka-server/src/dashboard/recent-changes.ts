import type { InstanceInfo, InstanceStatus, Lease } from '../registry/instance.ts'
import type { Registry } from '../registry/registry.ts'

/** What became of an instance. `changed`: an operator set its status or gave it back. */
export interface RecentChange {
  /** Grows by one with each change, from 1. */
  number: number
  atMs: number
  what: 'registered' | 'registered-again' | 'changed' | 'left' | 'evicted'
  app: string
  instanceId: string
  /** The status that counts since; of one that is gone, the last. */
  status: InstanceStatus
}

/** The last changes, for people to read. Unlike the change log it tells each of several changes of one instance. */
export interface RecentChanges {
  /** Those after a number, oldest first. */
  after(number: number): RecentChange[]
  /** Must be told of the leases that are evicted next: it could not tell that from a goodbye. Answers them. */
  noteEvictions(leases: Lease[]): Lease[]
}

/** Keeps the last `maxChanges` changes of a registry from now on. */
export function createRecentChanges(registry: Registry, maxChanges: number): RecentChanges {
  const changes: RecentChange[] = []
  let evicted: ReadonlySet<InstanceInfo> = new Set()
  let lastNumber = 0

  registry.onChange((lease) => {
    const { app, instanceId } = lease.instance
    const what = evicted.has(lease.instance) ? 'evicted' : whatHappened(lease)
    changes.push({ number: ++lastNumber, atMs: lease.lastUpdatedAtMs, what, app, instanceId, status: lease.status })
    if (changes.length > maxChanges) changes.shift()
  })

  return {
    after: (number) => changes.filter((change) => change.number > number),
    noteEvictions(leases) {
      evicted = new Set(leases.map(({ instance }) => instance))
      return leases
    },
  }
}

function whatHappened({ actionType, serviceUpAtMs, registeredAtMs }: Lease): RecentChange['what'] {
  if (actionType === 'DELETED') return 'left'
  if (actionType === 'MODIFIED') return 'changed'
  // It is kept over registrations, so one from before this registration is of an earlier one.
  return serviceUpAtMs > 0 && serviceUpAtMs < registeredAtMs ? 'registered-again' : 'registered'
}
