import type { ListedApplication } from './listing.ts'

type Application = Map<string, string>

/**
 * A client's copy of the registry, kept as Java's client keeps it: a delta is applied instance by instance, and an
 * application that is met for the first time is taken over as the delta has it, deleted instances and all.
 */
export function createRegistryCopy() {
  let applications = new Map<string, Application>()

  function put({ name, instance: listed }: ListedApplication, instanceId: string, status: string): void {
    const known = applications.get(name)
    if (known) known.set(instanceId, status)
    else applications.set(name, new Map(listed.map((one) => [one.instanceId, one.status])))
  }

  function remove(name: string, instanceId: string): void {
    const known = applications.get(name)
    known?.delete(instanceId)
    if (known?.size === 0) applications.delete(name)
  }

  return {
    replace(listed: readonly ListedApplication[]): void {
      applications = new Map(listed.map(({ name, instance }) => [name, new Map(instance.map((one) => [one.instanceId, one.status]))]))
    },
    apply(delta: readonly ListedApplication[]): void {
      for (const application of delta) {
        for (const { instanceId, status, actionType } of application.instance) {
          if (actionType === 'DELETED') remove(application.name, instanceId)
          else if (actionType !== undefined) put(application, instanceId, status)
        }
      }
    },
    /** As the registry says it: how many there are of each status. Where it differs, Java's client fetches everything. */
    hashCode(): string {
      const counts = new Map<string, number>()
      for (const application of applications.values()) {
        for (const status of application.values()) counts.set(status, (counts.get(status) ?? 0) + 1)
      }
      return Array.from(counts, ([status, count]) => `${status}_${count}_`)
        .sort()
        .join('')
    },
  }
}
