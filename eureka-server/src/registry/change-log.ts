import { keyOf, type Lease } from './instance.ts'
import type { Registry } from './registry.ts'

/** An instance that changed, at the version of the registry that its last change made. */
export interface Change {
  lease: Lease
  version: number
  atMs: number
}

/** What changed lately: each instance once, with its last change. */
export interface ChangeLog {
  /** Drops what is older than the log keeps, then answers the rest, oldest first. */
  recent(nowMs: number): Iterable<Change>
  /** What changed after a version, oldest first; undefined when the log does not reach back so far. */
  since(version: number): Change[] | undefined
}

export interface ChangeLogOptions {
  /** How long a change is told, ms. */
  keepMs: number
  /** The oldest are dropped beyond this many. */
  maxChanges: number
  now(): number
}

/** Keeps the changes of a registry from now on. */
export function createChangeLog(registry: Registry, { keepMs, maxChanges, now }: ChangeLogOptions): ChangeLog {
  // In the order of the last change: a changed entry moves to the end.
  const changes = new Map<string, Change>()
  let lostVersion = registry.version()

  registry.onChange((lease, version) => {
    const key = keyOf(lease.instance)
    changes.delete(key)
    changes.set(key, { lease, version, atMs: now() })
    if (changes.size > maxChanges) dropOldest(() => changes.size > maxChanges)
  })

  function dropOldest(isOver: (oldest: Change) => boolean): void {
    for (const [key, oldest] of changes) {
      if (!isOver(oldest)) return
      changes.delete(key)
      lostVersion = oldest.version
    }
  }

  return {
    recent(nowMs) {
      dropOldest(({ atMs }) => atMs < nowMs - keepMs)
      return changes.values()
    },
    since(version) {
      if (version < lostVersion || version > registry.version()) return undefined
      const found: Change[] = []
      for (const change of changes.values()) if (change.version > version) found.push(change)
      return found
    },
  }
}
