import type { CloudEvent, EventType } from '@order-flow/contracts'
import type { Message } from './message.ts'

/**
 * What every message queue must do for us, whichever it is. Delivery is at least once; messages with the same
 * `partitionKey` reach a group in the order in which they were published, as long as each was confirmed before the next
 * was published.
 */
export interface Broker {
  /**
   * Resolves when the broker answers for the messages: they will reach every group that wants them, whatever dies.
   * Rejects when that is not sure; the caller publishes again.
   */
  publish(messages: readonly Message[]): Promise<void>
  /**
   * One subscription per group and broker connection. A connection that breaks is made again, subscriptions included.
   * Resolves once the group will get what is published from now on, with how to end it: that stops delivering to this
   * process, waits for the running handler and acknowledges what it has done; the group keeps what comes meanwhile.
   */
  subscribe(subscription: Subscription): Promise<Unsubscribe>
  /** Rejects with the reason when the message queue cannot be used now. */
  check(): Promise<void>
  /** Stops delivering, waits for running handlers, then releases everything. */
  close(): Promise<void>
}

export type Unsubscribe = () => Promise<void>

export interface Subscription {
  /** The consumers that share the work: each event reaches one of them. The service's name. */
  group: string
  types: readonly EventType[]
  maxBatch: number
  /** Resolving acknowledges the whole batch; rejecting has it delivered again, later. One batch at a time. */
  handle(events: readonly CloudEvent[]): Promise<void>
}
