import type { InstanceStatus } from '../registry/instance.ts'
import type { SelfState } from './registration.ts'

/** What the own instance says of itself, and whether the registry has heard it. */
export interface OwnInstance {
  state(): SelfState
  /** True when something changed that the registry has not been told. */
  isDirty(): boolean
  /** False when it was of this status already. */
  setStatus(status: InstanceStatus): boolean
  /** Lays entries over the metadata. False when nothing changed. */
  setMetadata(entries: Readonly<Record<string, string>>): boolean
  /** Has it told anew although nothing changed: the registry has forgotten it. */
  touch(): void
  /** The registry was told this state; what changed meanwhile stays to be told. */
  told(state: SelfState): void
}

/** Makes the state of an instance that has not been told yet. `now` is the time, ms. */
export function createOwnInstance(initial: Omit<SelfState, 'dirtyAtMs'>, now: () => number): OwnInstance {
  let state: SelfState = { ...initial, dirtyAtMs: now() }
  let isDirty = true

  // Every change is younger than the one before, whatever the clock does: the registry keeps the younger.
  function change(changes: Partial<SelfState>): void {
    state = { ...state, ...changes, dirtyAtMs: Math.max(now(), state.dirtyAtMs + 1) }
    isDirty = true
  }

  return {
    state: () => state,
    isDirty: () => isDirty,
    setStatus(status) {
      if (status === state.status) return false
      change({ status })
      return true
    },
    setMetadata(entries) {
      if (Object.entries(entries).every(([key, value]) => state.metadata[key] === value)) return false
      change({ metadata: { ...state.metadata, ...entries } })
      return true
    },
    touch: () => change({}),
    told(toldState) {
      if (toldState === state) isDirty = false
    },
  }
}
