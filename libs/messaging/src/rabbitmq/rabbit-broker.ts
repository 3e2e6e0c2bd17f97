import { AppError, type Logger } from '@order-flow/service-kit'
import type { Broker } from '../broker.ts'

export interface RabbitBrokerOptions {
  url: string
  shards: number
  /** Who we are, for the operators of the message queue: the service's name. */
  clientName: string
  logger: Logger
}

/** A message queue on RabbitMQ. */
export function createRabbitBroker({ url }: RabbitBrokerOptions): Broker {
  throw new AppError('internal', `Not there yet: ${url}.`)
}
