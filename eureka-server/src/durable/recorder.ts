import type { Logger } from '@order-flow/service-kit'
import { keyOf, type Lease } from '../registry/instance.ts'
import type { Registry } from '../registry/registry.ts'
import type { LeaseStore } from './lease-store.ts'

export interface RecorderParts {
  registry: Registry
  store: LeaseStore
  logger: Logger
}

/** Writes changes behind the registry, which never waits for it: the instances themselves make good what is lost. */
export interface Recorder {
  /** Writes what waits; resolves when it is on disk or cannot be written. */
  stop(): Promise<void>
}

/** Changes that come together are written together. */
const GATHER_MS = 50
const PAUSE_AFTER_FAILURE_MS = 5000
/** The event loop is held for about 2 ms by so many. */
const MAX_BATCH = 500

/** Records every change of the registry from now on. What waits is bounded by the number of instances. */
export function startRecorder({ registry, store, logger }: RecorderParts): Recorder {
  const waiting = new Map<string, Lease>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let hasFailed = false

  registry.onChange((lease) => {
    waiting.set(keyOf(lease.instance), lease)
    schedule(GATHER_MS)
  })

  function schedule(delayMs: number): void {
    if (timer || writing) return
    timer = setTimeout(() => {
      timer = undefined
      writing = writeSome().then((pauseMs) => {
        writing = undefined
        if (waiting.size > 0) schedule(pauseMs)
      })
    }, delayMs)
  }

  /** Answers the pause before the next write, ms. Never rejects. */
  async function writeSome(): Promise<number> {
    const some = firstOf(waiting, MAX_BATCH)
    try {
      await store.write(some.map(([, lease]) => lease))
    } catch (error) {
      if (!hasFailed) logger.error({ err: error }, 'the registry cannot be kept on disk; it goes on from memory')
      hasFailed = true
      return PAUSE_AFTER_FAILURE_MS
    }
    if (hasFailed) logger.info('the registry is kept on disk again')
    hasFailed = false
    for (const [key, lease] of some) if (waiting.get(key) === lease) waiting.delete(key)
    return waiting.size >= MAX_BATCH ? 0 : GATHER_MS
  }

  return {
    async stop() {
      clearTimeout(timer)
      await writing
      clearTimeout(timer)
      do await writeSome()
      while (waiting.size > 0 && !hasFailed)
    },
  }
}

/** Not by a copy of all: there may be 100,000, and as many batches as that holds. */
function firstOf<T>(values: Iterable<T>, count: number): T[] {
  const first: T[] = []
  for (const value of values) {
    if (first.length === count) break
    first.push(value)
  }
  return first
}
