/**
 * Runs tasks side by side, at most `limit` at once. `start` resolves when the task has begun, which is what holds back a
 * producer; the first failure is thrown by every later `start`, and by `done` once the running tasks have ended.
 */
export function createTasks(limit: number) {
  const waiting: (() => void)[] = []
  let running = 0
  let failure: { error: unknown } | undefined

  async function run(task: () => Promise<void>): Promise<void> {
    try {
      await task()
    } catch (error) {
      failure ??= { error }
    } finally {
      running -= 1
      waiting.shift()?.()
    }
  }

  const oneToEnd = () => new Promise<void>((resolve) => waiting.push(resolve))

  return {
    async start(task: () => Promise<void>): Promise<void> {
      while (running >= limit) await oneToEnd()
      if (failure) throw failure.error
      running += 1
      void run(task)
    },

    async done(): Promise<void> {
      while (running > 0) await oneToEnd()
      if (failure) throw failure.error
    },
  }
}

export type Tasks = ReturnType<typeof createTasks>
