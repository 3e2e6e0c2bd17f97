/**
 * The task's outcome. Errors: a plain Error when it takes longer than `ms` or the signal is aborted; the task itself goes
 * on unheard.
 */
export async function within<T>(ms: number, signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> {
  let end: () => void = () => undefined
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms)
    const onAbort = () => reject(new Error('the wait was ended'))
    if (signal?.aborted) onAbort()
    signal?.addEventListener('abort', onAbort)
    end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  })
  try {
    return await Promise.race([task(), late])
  } finally {
    end()
  }
}
