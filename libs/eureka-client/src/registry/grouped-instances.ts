import type { Instance } from './instance.ts'

/** Instances by a name that several share (application, VIP address), each group with a view made when it is asked for. */
export interface GroupedInstances {
  put(name: string, id: string, instance: Instance): void
  remove(name: string, id: string): void
  clear(): void
  names(): string[]
  /** Those of a group that are shown; the same array until the group changes. */
  view(name: string): readonly Instance[]
}

const NONE: readonly Instance[] = []

/** Makes empty groups. A change costs its own group's view and nothing else, however many instances there are. */
export function createGroupedInstances(isShown: (instance: Instance) => boolean): GroupedInstances {
  const groups = new Map<string, Map<string, Instance>>()
  const views = new Map<string, readonly Instance[]>()

  return {
    put(name, id, instance) {
      const group = groups.get(name)
      if (group) group.set(id, instance)
      else groups.set(name, new Map([[id, instance]]))
      views.delete(name)
    },
    remove(name, id) {
      const group = groups.get(name)
      group?.delete(id)
      if (group?.size === 0) groups.delete(name)
      views.delete(name)
    },
    clear() {
      groups.clear()
      views.clear()
    },
    names: () => [...groups.keys()],
    view(name) {
      const known = views.get(name)
      if (known) return known
      const group = groups.get(name)
      if (!group) return NONE
      const view = [...group.values()].filter(isShown)
      views.set(name, view)
      return view
    },
  }
}
