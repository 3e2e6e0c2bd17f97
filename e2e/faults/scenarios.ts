import type { Scenario } from './scenario.ts'
import { cancelWhilePaying, contention, hotProduct } from './scenarios/customers.ts'
import { brokerAway, brokerBlocked, brokerKilled, databaseRestarted, databaseSlow } from './scenarios/engines.ts'
import { badConfiguration, configurationAway, registryAway } from './scenarios/infrastructure.ts'
import { overtakenMessages, poison, repeatedMessages } from './scenarios/messages.ts'
import { cuts, partitions } from './scenarios/network.ts'
import { latePayments } from './scenarios/payments.ts'
import { freezeServices, killServices, killStorm, stopServices } from './scenarios/processes.ts'
import { replayUnderKills } from './scenarios/replay.ts'
import { storm } from './scenarios/storm.ts'

/** All of them, in the order in which a run without options goes through them. */
export const SCENARIOS: readonly Scenario[] = [
  killServices,
  stopServices,
  killStorm,
  freezeServices,
  brokerKilled,
  brokerAway,
  brokerBlocked,
  databaseRestarted,
  databaseSlow,
  contention,
  partitions,
  cuts,
  repeatedMessages,
  overtakenMessages,
  poison,
  latePayments,
  cancelWhilePaying,
  hotProduct,
  registryAway,
  configurationAway,
  badConfiguration,
  storm,
  replayUnderKills,
]
