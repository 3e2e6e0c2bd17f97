import { AppError } from '@order-flow/service-kit'

export interface ConcurrencyLimit {
  /** Runs the work when its turn comes, in order of arrival. Errors: `unavailable` when too many wait already. */
  run<T>(work: () => Promise<T>): Promise<T>
}

/** Lets at most `maxConcurrent` run at a time and `maxWaiting` wait. */
export function createConcurrencyLimit({ maxConcurrent, maxWaiting }: { maxConcurrent: number; maxWaiting: number }): ConcurrencyLimit {
  const waiting: (() => void)[] = []
  let running = 0

  async function takeTurn(): Promise<void> {
    if (running < maxConcurrent) {
      running++
      return
    }
    if (waiting.length >= maxWaiting) {
      throw new AppError('unavailable', `Too many sign-ins are waiting (${waiting.length}); try again shortly.`, {
        problem: 'overloaded',
        facts: { retryAfterSeconds: 2 },
      })
    }
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  /** The turn passes straight to the first who waits, so `running` does not change then. */
  function passTurn(): void {
    const next = waiting.shift()
    if (next) next()
    else running--
  }

  return {
    async run(work) {
      await takeTurn()
      try {
        return await work()
      } finally {
        passTurn()
      }
    },
  }
}
