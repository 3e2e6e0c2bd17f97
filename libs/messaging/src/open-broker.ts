import { AppError, type Service } from '@order-flow/service-kit'
import type { Broker } from './broker.ts'
import { createKafkaBroker } from './kafka/kafka-broker.ts'
import { createRabbitBroker } from './rabbitmq/rabbit-broker.ts'

/** Opens the message queue that the configuration names; readiness asks for it, and it closes with the service. */
export function openBroker(service: Pick<Service<unknown>, 'name' | 'config' | 'logger' | 'closer' | 'health'>): Broker {
  const { logger, closer, health } = service
  const { broker: kind, url, shards } = service.config.messaging
  if (kind === 'in-process') {
    throw new AppError(
      'invalid',
      'The in-process message queue serves only services that share one process (npm start). Set messaging.broker to rabbitmq or kafka and messaging.url to its address.',
    )
  }
  if (url === '') throw new AppError('invalid', `messaging.url is empty: it names the ${kind} to use.`)
  const options = { url, shards, clientName: service.name, logger }
  const broker = kind === 'rabbitmq' ? createRabbitBroker(options) : createKafkaBroker(options)
  closer.defer(() => broker.close())
  health.add('messaging', async () => {
    await broker.check()
    return { broker: kind }
  })
  return broker
}
