import { silentLogger } from '@order-flow/service-kit'
import type { Broker } from './broker.ts'
import { createInProcessBroker } from './in-process-broker.ts'

/** A way to get a running message queue. The messaging suites run on each of BROKERS. */
export interface BrokerEngine {
  name: string
  open(groups: readonly string[]): Promise<Broker>
}

/** Every message queue that the conformance suites run on. */
export const BROKERS: readonly BrokerEngine[] = [
  { name: 'in-process', open: async (groups) => createInProcessBroker({ groups, logger: silentLogger }) },
]
