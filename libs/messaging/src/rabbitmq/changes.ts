/** Lets several wait until something has changed, to look again. */
export interface Changes {
  announce(): void
  /** Resolves at the next announcement, or after the time. */
  next(timeoutMs: number): Promise<void>
}

export function createChanges(): Changes {
  const waiters = new Set<() => void>()
  return {
    announce() {
      for (const resume of [...waiters]) resume()
    },
    next: (timeoutMs) =>
      new Promise((resolve) => {
        const resume = () => {
          waiters.delete(resume)
          clearTimeout(timer)
          resolve()
        }
        const timer = setTimeout(resume, timeoutMs)
        waiters.add(resume)
      }),
  }
}
