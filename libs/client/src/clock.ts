/** Time as an argument, so that tests decide what it is. */
export interface Clock {
  /** Milliseconds, comparable with one another only. */
  now(): number
  /** Runs `run` once after `delayMs`; the answer calls it off. */
  after(delayMs: number, run: () => void): () => void
}

/** The clock of the platform. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}
