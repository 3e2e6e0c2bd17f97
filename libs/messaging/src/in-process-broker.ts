import type { CloudEvent } from '@order-flow/contracts'
import { AppError, backoffMs, createPace, type Logger } from '@order-flow/service-kit'
import type { Broker, Subscription } from './broker.ts'

export interface InProcessBrokerOptions {
  /**
   * The groups there are. Publishing waits until each has subscribed, so that a service that starts late misses
   * nothing: what is published stays in the publisher's outbox until then.
   */
  groups: readonly string[]
  logger: Logger
}

interface Delivery {
  event: CloudEvent
  acknowledge: () => void
  refuse: (error: Error) => void
}

/**
 * The message queue of the embedded way. It keeps nothing on disk: `publish` resolves only after every group has
 * committed, so an event stays in its publisher's outbox until then, and a crash has it published again.
 */
export function createInProcessBroker({ groups, logger }: InProcessBrokerOptions): Broker {
  const queues = new Map<string, GroupQueue>()
  const closed = new AbortController()
  let announceComplete: () => void = () => undefined
  const complete = new Promise<void>((resolve) => {
    announceComplete = resolve
  })
  closed.signal.addEventListener('abort', () => announceComplete())

  return {
    async publish(events) {
      await complete
      if (closed.signal.aborted) throw new AppError('unavailable', 'The message queue is closed.')
      await Promise.all([...queues.values()].map((queue) => queue.deliver(events)))
    },
    async subscribe(subscription) {
      if (!groups.includes(subscription.group) || queues.has(subscription.group)) {
        throw new AppError('internal', `Group ${subscription.group} is not one of ${groups.join(', ')}, or subscribes twice.`)
      }
      queues.set(subscription.group, createGroupQueue(subscription, closed.signal, logger))
      if (groups.every((group) => queues.has(group))) announceComplete()
    },
    async close() {
      closed.abort()
      await Promise.all([...queues.values()].map((queue) => queue.idle()))
    },
  }
}

type GroupQueue = ReturnType<typeof createGroupQueue>

/** One group's events in order; one batch at a time, tried again until it succeeds or the broker closes. */
function createGroupQueue(subscription: Subscription, closed: AbortSignal, logger: Logger) {
  const wanted = new Set<string>(subscription.types)
  let waiting: Delivery[] = []
  let working: Promise<void> | undefined
  const pace = createPace()

  function deliver(events: readonly CloudEvent[]): Promise<void> {
    const mine = events.filter((event) => wanted.has(event.type))
    if (mine.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      let open = mine.length
      const acknowledge = () => {
        open -= 1
        if (open === 0) resolve()
      }
      for (const event of mine) waiting.push({ event, acknowledge, refuse: reject })
      working ??= work().finally(() => {
        working = undefined
      })
    })
  }

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      await pace.next(() => waiting.length >= subscription.maxBatch)
      const batch = waiting.slice(0, subscription.maxBatch)
      waiting = waiting.slice(batch.length)
      const delivered = await deliverUntilDone(batch.map(({ event }) => event))
      for (const { acknowledge, refuse } of batch) {
        if (delivered) acknowledge()
        else refuse(new AppError('unavailable', 'The message queue closed before the event was handled.'))
      }
    }
  }

  async function deliverUntilDone(events: readonly CloudEvent[]): Promise<boolean> {
    for (let attempt = 1; !closed.aborted; attempt += 1) {
      try {
        await subscription.handle(events)
        return true
      } catch (error) {
        const retryInMs = backoffMs(attempt, 50, 5000)
        logger.warn({ group: subscription.group, events: events.length, attempt, retryInMs, err: error }, 'delivery failed, trying again')
        await pause(retryInMs, closed)
      }
    }
    return false
  }

  return {
    deliver,
    idle: async () => {
      while (working) await working
    },
  }
}

function pause(delayMs: number, closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      closed.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, delayMs)
    closed.addEventListener('abort', done)
  })
}
