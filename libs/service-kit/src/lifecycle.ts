/** Closes what was opened, last opened first. */
export interface Closer {
  /** Registers a release. A release gets 10 s; a late or failing one does not keep the others from running. */
  defer(release: () => unknown): void
  /** Runs every release once, last registered first. Rejects with an AggregateError when some failed. Idempotent. */
  close(): Promise<void>
}

const RELEASE_TIMEOUT_MS = 10_000

/** Makes an empty closer. */
export function createCloser(): Closer {
  const releases: (() => unknown)[] = []
  let closing: Promise<void> | undefined

  async function releaseAll(): Promise<void> {
    const failures: unknown[] = []
    for (let release = releases.pop(); release; release = releases.pop()) {
      try {
        await withTimeout(Promise.resolve(release()), RELEASE_TIMEOUT_MS, 'A release did not end')
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of the releases failed.`)
  }

  return {
    defer: (release) => releases.push(release),
    close: () => {
      closing ??= releaseAll()
      return closing
    },
  }
}

/** Rejects with "`what` within N ms." when the promise takes longer; the work itself is not cancelled. */
export async function withTimeout<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} within ${timeoutMs} ms.`)), timeoutMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
