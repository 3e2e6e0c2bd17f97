import type { BrokerName } from './options.ts'
import type { Stage } from './stage.ts'

/** One way to break the shop, and what must hold while it is broken. What must hold afterwards holds for all of them. */
export interface Scenario {
  name: string
  /** Numbers of the specification's fault scenarios. */
  faults: readonly string[]
  /** What is done, in a few words. */
  about: string
  /** Part of the short run. */
  inShort: boolean
  /** Message queues it makes sense on. */
  brokers: readonly BrokerName[]
  /** Customers who come by themselves while it runs; 0: only those whom it sends. Default: the run's rate. */
  ordersPerSecond?: number
  /** How many of those who were accepted cancel, from 0 to 1. */
  cancelling?: number
  /** Runs only where `--data` names a file of invoices. */
  needsData?: true
  /** Others than the suite's customers place orders meanwhile. */
  othersBuy?: true
  /** Breaks the shop and mends it again. */
  run(stage: Stage): Promise<void>
}

export const ANY_BROKER: readonly BrokerName[] = ['rabbitmq', 'kafka']
