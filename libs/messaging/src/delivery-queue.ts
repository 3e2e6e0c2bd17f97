import type { CloudEvent } from '@order-flow/contracts'
import { backoffMs, createPace, type Logger } from '@order-flow/service-kit'
import type { Subscription } from './broker.ts'

/** One event of a group, on this side of the message queue. */
export interface Delivery {
  event: CloudEvent
  /** Its effect is committed. */
  acknowledge: () => void
  /** It was not handled, and this process will not do it any more: the message queue closes. */
  giveBack: () => void
  /** The part of the message queue that it came from, where parts can be lost one by one: a partition of Kafka. */
  source?: number
}

/**
 * A group's deliveries in the order of their coming, handled a batch at a time, each batch tried again with backoff until
 * it succeeds or the message queue closes. Whoever adds bounds how many may wait (prefetch, outbox).
 */
export type DeliveryQueue = ReturnType<typeof createDeliveryQueue>

export function createDeliveryQueue(
  { group, maxBatch, handle }: Pick<Subscription, 'group' | 'maxBatch' | 'handle'>,
  closed: AbortSignal,
  logger: Logger,
) {
  let waiting: Delivery[] = []
  let working: Promise<void> | undefined
  const pace = createPace()

  function add(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) waiting.push(delivery)
    start()
  }

  function start(): void {
    working ??= work().finally(() => {
      working = undefined
      // Something may have come since the worker last looked.
      if (waiting.length > 0) start()
    })
  }

  /** Forgets what waits (of one source) and is not being handled: its connection is gone, the message queue delivers it again. */
  function clear(source?: number): void {
    waiting = source === undefined ? [] : waiting.filter((delivery) => delivery.source !== source)
  }

  async function work(): Promise<void> {
    while (waiting.length > 0) await pace.turn(() => waiting.length >= maxBatch, handleBatch)
  }

  async function handleBatch(): Promise<void> {
    const batch = waiting.slice(0, maxBatch)
    waiting = waiting.slice(batch.length)
    const handled = batch.length === 0 || (await handleUntilDone(batch.map(({ event }) => event)))
    for (const { acknowledge, giveBack } of batch) {
      if (handled) acknowledge()
      else giveBack()
    }
  }

  async function handleUntilDone(events: readonly CloudEvent[]): Promise<boolean> {
    for (let attempt = 1; !closed.aborted; attempt += 1) {
      try {
        await handle(events)
        return true
      } catch (error) {
        const retryInMs = backoffMs(attempt, 50, 5000)
        logger.warn({ group, events: events.length, attempt, retryInMs, err: error }, 'delivery failed, trying again')
        await pauseOrAbort(retryInMs, closed)
      }
    }
    return false
  }

  return {
    add,
    clear,
    /** Resolves when nothing is waiting or being handled. */
    idle: async () => {
      while (working) await working
    },
  }
}

/** Resolves after the delay, or at once when the signal aborts. */
export function pauseOrAbort(delayMs: number, aborted: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      aborted.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, delayMs)
    if (aborted.aborted) done()
    else aborted.addEventListener('abort', done)
  })
}
