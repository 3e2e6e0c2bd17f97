import { useSyncExternalStore } from 'react'

/** A value that components follow: `get`, `set` and a hook. */
export function createStore<T>(initial: T) {
  let value = initial
  const listeners = new Set<() => void>()
  const follow = (listener: () => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  const get = () => value
  return {
    get,
    set(next: T) {
      if (Object.is(next, value)) return
      value = next
      for (const listener of [...listeners]) listener()
    },
    use: () => useSyncExternalStore(follow, get),
  }
}
