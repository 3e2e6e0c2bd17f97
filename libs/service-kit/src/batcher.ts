import { AppError } from './errors.ts'

/**
 * Batches of one worker begin at least this far apart, and three times as long as the last one took: a batch costs far more
 * than another item in it, so when there is much to do, fewer and larger ones get more done.
 */
const MIN_PACE_MS = 8
const MAX_PACE_MS = 40

export interface BatcherOptions<In, Out> {
  /**
   * Handles a batch as one; answers in the same order. When it throws, the batch is halved until the culprit is alone;
   * `unavailable` is nobody's fault and fails the whole batch.
   */
  run: (items: In[]) => Promise<Out[]>
  maxBatch: number
  /** Items that may wait; one more is refused with `unavailable`. */
  maxWaiting: number
  /** How long the first of those waiting may have waited, in ms, for one more to be taken. Default: no limit. */
  maxWaitMs?: number
}

export interface Batcher<In, Out> {
  submit(item: In): Promise<Out>
  /** Waits until nothing is waiting or running. */
  drain(): Promise<void>
}

interface Waiting<In, Out> {
  item: In
  sinceMs: number
  resolve: (value: Out) => void
  reject: (error: unknown) => void
}

/**
 * Natural batching: whatever is waiting when the worker is free is handled together, at most `maxBatch`. A lone item
 * waits only for those that arrived with it (one turn of the event loop); right after another batch, for up to 40 ms.
 */
export function createBatcher<In, Out>(options: BatcherOptions<In, Out>): Batcher<In, Out> {
  let waiting: Waiting<In, Out>[] = []
  let working: Promise<void> | undefined
  const pace = createPace()

  function submit(item: In): Promise<Out> {
    const nowMs = performance.now()
    const waitedMs = nowMs - (waiting[0]?.sinceMs ?? nowMs)
    if (waiting.length >= options.maxWaiting || waitedMs > (options.maxWaitMs ?? Number.POSITIVE_INFINITY)) {
      return Promise.reject(overloaded(`Too much is waiting (${waiting.length}, the first for ${Math.round(waitedMs)} ms)`))
    }
    return new Promise((resolve, reject) => {
      waiting.push({ item, sinceMs: nowMs, resolve, reject })
      start()
    })
  }

  function start(): void {
    working ??= work().finally(() => {
      working = undefined
      // Something may have come since the worker last looked.
      if (waiting.length > 0) start()
    })
  }

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      await pace.turn(
        () => waiting.length >= options.maxBatch,
        () => {
          const batch = waiting.slice(0, options.maxBatch)
          waiting = waiting.slice(options.maxBatch)
          return runBatch(batch)
        },
      )
    }
  }

  async function runBatch(batch: Waiting<In, Out>[]): Promise<void> {
    let answers: Out[]
    try {
      answers = await options.run(batch.map(({ item }) => item))
    } catch (error) {
      if (batch.length === 1 || (error instanceof AppError && error.code === 'unavailable')) {
        for (const { reject } of batch) reject(error)
        return
      }
      const middle = Math.ceil(batch.length / 2)
      await runBatch(batch.slice(0, middle))
      return runBatch(batch.slice(middle))
    }
    for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Out) // run answers each item, by contract
  }

  return {
    submit,
    async drain() {
      while (working) await working
    },
  }
}

/** The error for work that is refused for now, to keep what was accepted fast. */
export function overloaded(reason: string, retryAfterSeconds = 1): AppError {
  return new AppError('unavailable', `${reason}; try again shortly.`, { problem: 'overloaded', facts: { retryAfterSeconds } })
}

/** When a worker may begin its next batch. */
export interface Pace {
  /** Runs a batch at the end of the event loop's turn, or, right after another, some ms later unless `isFull`. */
  turn<T>(isFull: () => boolean, run: () => Promise<T>): Promise<T>
}

/** Makes the pace of one worker. */
export function createPace(): Pace {
  let startedMs = Number.NEGATIVE_INFINITY
  let tookMs = 0
  return {
    async turn(isFull, run) {
      // The end of the turn: by then everything that came with the first has been read.
      await new Promise((resolve) => setImmediate(resolve))
      const waitMs = startedMs + Math.min(Math.max(MIN_PACE_MS, 3 * tookMs), MAX_PACE_MS) - performance.now()
      if (waitMs > 0 && !isFull()) await new Promise((resolve) => setTimeout(resolve, waitMs))
      startedMs = performance.now()
      try {
        return await run()
      } finally {
        tookMs = performance.now() - startedMs
      }
    },
  }
}
