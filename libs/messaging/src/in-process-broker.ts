import { AppError, type Logger } from '@order-flow/service-kit'
import type { Broker, Subscription } from './broker.ts'
import { createDeliveryQueue } from './delivery-queue.ts'
import { type Message, parseMessage } from './message.ts'

export interface InProcessBrokerOptions {
  /**
   * The groups there are. Publishing waits until each has subscribed, so that a service that starts late misses
   * nothing: what is published stays in the publisher's outbox until then.
   */
  groups: readonly string[]
  logger: Logger
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
    async publish(messages) {
      await complete
      if (closed.signal.aborted) throw new AppError('unavailable', 'The message queue is closed.')
      await Promise.all([...queues.values()].map((queue) => queue.deliver(messages)))
    },
    async subscribe(subscription) {
      if (!groups.includes(subscription.group) || queues.has(subscription.group)) {
        throw new AppError('internal', `Group ${subscription.group} is not one of ${groups.join(', ')}, or subscribes twice.`)
      }
      const queue = createGroupQueue(subscription, closed.signal, logger)
      queues.set(subscription.group, queue)
      if (groups.every((group) => queues.has(group))) announceComplete()
      return queue.end
    },
    async check() {
      if (closed.signal.aborted) throw new AppError('unavailable', 'The message queue is closed.')
    },
    async close() {
      closed.abort()
      await Promise.all([...queues.values()].map((queue) => queue.end()))
    },
  }
}

type GroupQueue = ReturnType<typeof createGroupQueue>

/** One group's events in order; a publication resolves when the group has handled all of it that it wants. */
function createGroupQueue(subscription: Subscription, closed: AbortSignal, logger: Logger) {
  const wanted = new Set<string>(subscription.types)
  const ended = new AbortController()
  const queue = createDeliveryQueue(subscription, AbortSignal.any([closed, ended.signal]), logger)

  function deliver(messages: readonly Message[]): Promise<void> {
    const mine = messages.filter((message) => wanted.has(message.type))
    if (mine.length === 0) return Promise.resolve()
    if (ended.signal.aborted) return Promise.reject(new AppError('unavailable', `${subscription.group} takes no more events.`))
    return new Promise((resolve, reject) => {
      let open = mine.length
      const acknowledge = () => {
        open -= 1
        if (open === 0) resolve()
      }
      const giveBack = () => reject(new AppError('unavailable', 'The message queue closed before the event was handled.'))
      queue.add(mine.map(({ body }) => ({ event: parseMessage(body), acknowledge, giveBack })))
    })
  }

  async function end(): Promise<void> {
    ended.abort()
    await queue.idle()
  }

  return { deliver, end }
}
