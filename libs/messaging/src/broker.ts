import type { CloudEvent, EventType } from '@order-flow/contracts'

/**
 * What every message queue must do for us, whichever it is. Delivery is at least once; events with the same
 * `partitionkey` reach a group in the order in which they were published.
 */
export interface Broker {
  /**
   * Resolves when the broker answers for the events: they will reach every group that wants them, whatever dies.
   * Rejects when that is not sure; the caller publishes again.
   */
  publish(events: readonly CloudEvent[]): Promise<void>
  /** One subscription per group and broker connection. */
  subscribe(subscription: Subscription): Promise<void>
  /** Stops delivering, waits for running handlers, then releases everything. */
  close(): Promise<void>
}

export interface Subscription {
  /** The consumers that share the work: each event reaches one of them. The service's name. */
  group: string
  types: readonly EventType[]
  maxBatch: number
  /** Resolving acknowledges the whole batch; rejecting has it delivered again, later. */
  handle(events: readonly CloudEvent[]): Promise<void>
}
