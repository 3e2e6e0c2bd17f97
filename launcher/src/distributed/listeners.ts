/** Those who want to be told of something. */
export function createListeners<T>() {
  const listeners = new Set<(value: T) => void>()
  return {
    tell(value: T): void {
      for (const listener of [...listeners]) listener(value)
    },
    /** Answers how to be told no more. */
    add(listener: (value: T) => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
