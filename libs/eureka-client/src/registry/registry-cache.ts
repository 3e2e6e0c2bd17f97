import type { Action, Entry } from './applications.ts'
import { createGroupedInstances } from './grouped-instances.ts'
import { type Instance, isSameInstance } from './instance.ts'

/** What became of one instance. */
export interface Change {
  type: Action
  /** As it is now; of a DELETED one, as it was last. */
  instance: Instance
}

export type ChangeListener = (changes: readonly Change[]) => void

/** An application and those of its instances that are given out. */
export interface Application {
  name: string
  instances: readonly Instance[]
}

/** The registry as it was last known, kept while no server can be reached. */
export interface RegistryCache {
  /** Takes a whole registry. Listeners hear of it only when something in it changed. */
  replaceAll(entries: readonly Entry[]): void
  /** Takes what changed; repetitions and entries without an action do nothing. Costs in proportion to the changes. */
  apply(entries: readonly Entry[]): void
  /** Eureka's counts by status, e.g. `DOWN_1_UP_3_`, over all instances whether they are given out or not. */
  hash(): string
  instances(appName: string): readonly Instance[]
  instancesByVip(vipAddress: string, options?: { secure?: boolean }): readonly Instance[]
  pick(appName: string): Instance | undefined
  applications(): Application[]
  /** True when the registry lists this instance, whatever its status. */
  has(appName: string, instanceId: string): boolean
  /** Calls the listener after each change; answers the function that ends it. */
  onChange(listener: ChangeListener): () => void
}

export interface RegistryCacheOptions {
  /** Give out only instances that are UP. Default: true. */
  onlyUp?: boolean
  /** The own zone: `pick` keeps to it while it has an instance. */
  zone?: string | undefined
  /** Hears what a listener throws; the other listeners are called all the same. */
  onListenerError(error: unknown): void
  /** From 0 to below 1; where the first turn begins, so that many clients do not all begin with the same instance. */
  random?: () => number
}

/** Makes an empty cache. */
export function createRegistryCache({ onlyUp = true, zone, onListenerError, random = Math.random }: RegistryCacheOptions): RegistryCache {
  const all = new Map<string, Instance>()
  const counts = new Map<string, number>()
  const isShown = ({ status, port }: Instance) => port > 0 && (!onlyUp || status === 'UP')
  const byApp = createGroupedInstances(isShown)
  const byVip = createGroupedInstances(isShown)
  const bySecureVip = createGroupedInstances(isShown)
  const turns = new Map<string, number>()
  const nearby = new WeakMap<readonly Instance[], readonly Instance[]>()
  const listeners = new Set<ChangeListener>()

  function put(key: string, instance: Instance): Change | undefined {
    const before = all.get(key)
    if (before && isSameInstance(before, instance)) return undefined
    if (before) drop(key, before)
    all.set(key, instance)
    counts.set(instance.status, (counts.get(instance.status) ?? 0) + 1)
    byApp.put(instance.appName, key, instance)
    for (const vip of vipsIn(instance.vipAddress)) byVip.put(vip, key, instance)
    for (const vip of vipsIn(instance.secureVipAddress)) bySecureVip.put(vip, key, instance)
    return { type: before ? 'MODIFIED' : 'ADDED', instance }
  }

  // Of the application's group the key stays where it is, so that an instance that changed keeps its place.
  function drop(key: string, instance: Instance): void {
    counts.set(instance.status, (counts.get(instance.status) ?? 0) - 1)
    for (const vip of vipsIn(instance.vipAddress)) byVip.remove(vip, key)
    for (const vip of vipsIn(instance.secureVipAddress)) bySecureVip.remove(vip, key)
  }

  function remove(key: string): Change | undefined {
    const before = all.get(key)
    if (!before) return undefined
    drop(key, before)
    all.delete(key)
    byApp.remove(before.appName, key)
    return { type: 'DELETED', instance: before }
  }

  function replaceAll(entries: readonly Entry[]): void {
    const next = new Map(entries.map(({ instance }) => [keyOf(instance), instance]))
    const gone = [...all.keys()].filter((key) => !next.has(key)).map(remove)
    tell([...gone, ...[...next].map(([key, instance]) => put(key, instance))])
  }

  function apply(entries: readonly Entry[]): void {
    tell(
      entries.map(({ instance, action }) => {
        if (action === undefined) return undefined
        return action === 'DELETED' ? remove(keyOf(instance)) : put(keyOf(instance), instance)
      }),
    )
  }

  function tell(outcomes: readonly (Change | undefined)[]): void {
    const changes = outcomes.filter((change) => change !== undefined)
    if (changes.length === 0) return
    for (const { instance, type } of changes) {
      if (type === 'DELETED' && byApp.view(instance.appName).length === 0) turns.delete(instance.appName)
    }
    for (const listener of listeners) callSafely(listener, changes)
  }

  function callSafely(listener: ChangeListener, changes: readonly Change[]): void {
    try {
      listener(changes)
    } catch (error) {
      onListenerError(error)
    }
  }

  function pick(appName: string): Instance | undefined {
    const name = appName.toUpperCase()
    const candidates = nearbyOf(byApp.view(name))
    if (candidates.length === 0) return undefined
    const turn = (turns.get(name) ?? Math.floor(random() * candidates.length)) % candidates.length
    turns.set(name, turn + 1)
    return candidates[turn]
  }

  function nearbyOf(view: readonly Instance[]): readonly Instance[] {
    if (zone === undefined || view.length === 0) return view
    const known = nearby.get(view)
    if (known) return known
    const own = view.filter((instance) => instance.zone === zone)
    const chosen = own.length > 0 ? own : view
    nearby.set(view, chosen)
    return chosen
  }

  return {
    replaceAll,
    apply,
    hash: () =>
      [...counts]
        .filter(([, count]) => count > 0)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([status, count]) => `${status}_${count}_`)
        .join(''),
    instances: (appName) => byApp.view(appName.toUpperCase()),
    instancesByVip: (vipAddress, { secure = false } = {}) => (secure ? bySecureVip : byVip).view(vipAddress.toLowerCase()),
    pick,
    applications: () => byApp.names().map((name) => ({ name, instances: byApp.view(name) })),
    has: (appName, instanceId) => all.has(`${appName.toUpperCase()}/${instanceId}`),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function keyOf({ appName, instanceId }: Instance): string {
  return `${appName}/${instanceId}`
}

function vipsIn(vipAddress: string | undefined): string[] {
  return vipAddress === undefined
    ? []
    : vipAddress
        .toLowerCase()
        .split(',')
        .map((vip) => vip.trim())
}
