import type { Instance } from './instance.ts'

/** The last registry that was fetched, kept while the registry is down. */
export interface RegistryCache {
  /** Takes a whole registry. Listeners hear of it only when something in it changed. */
  replaceAll(instances: readonly Instance[]): void
  /** Every instance of an application that is UP; the name in any case. */
  instances(appName: string): Instance[]
  /** The next instance that is UP, in turn. */
  pick(appName: string): Instance | undefined
  /** True when the registry lists this id, whatever its status. */
  has(instanceId: string): boolean
  /** Calls the listener after each change; answers the function that ends it. */
  onChange(listener: () => void): () => void
}

/** Makes an empty cache. `onListenerError` hears what a listener throws; the other listeners are called all the same. */
export function createRegistryCache(onListenerError: (error: unknown) => void): RegistryCache {
  let byApp = new Map<string, Instance[]>()
  let ids = new Set<string>()
  let fingerprint = '[]'
  const turns = new Map<string, number>()
  const listeners = new Set<() => void>()

  function replaceAll(instances: readonly Instance[]): void {
    const next = JSON.stringify(instances)
    if (next === fingerprint) return
    fingerprint = next
    ids = new Set(instances.map((instance) => instance.instanceId))
    byApp = Map.groupBy(
      instances.filter((instance) => instance.status === 'UP'),
      (instance) => instance.appName,
    )
    for (const appName of turns.keys()) if (!byApp.has(appName)) turns.delete(appName)
    for (const listener of listeners) callSafely(listener)
  }

  function pick(appName: string): Instance | undefined {
    const name = appName.toUpperCase()
    const candidates = byApp.get(name)
    if (!candidates) return undefined
    const turn = (turns.get(name) ?? 0) % candidates.length
    turns.set(name, turn + 1)
    return candidates[turn]
  }

  function callSafely(listener: () => void): void {
    try {
      listener()
    } catch (error) {
      onListenerError(error)
    }
  }

  return {
    replaceAll,
    instances: (appName) => [...(byApp.get(appName.toUpperCase()) ?? [])],
    pick,
    has: (instanceId) => ids.has(instanceId),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
