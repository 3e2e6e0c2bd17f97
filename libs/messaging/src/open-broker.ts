import { AppError, type Service } from '@order-flow/service-kit'
import type { Broker } from './broker.ts'

/** Opens the message queue that the configuration names; readiness asks for it, and it closes with the service. */
export async function openBroker(service: Pick<Service<unknown>, 'name' | 'config' | 'logger' | 'closer' | 'health'>): Promise<Broker> {
  const { logger, closer, health } = service
  const { broker: kind, url, namespace, shards, groups } = service.config.messaging
  if (kind === 'in-process') {
    throw new AppError(
      'invalid',
      'The in-process message queue serves only services that share one process (npm start). Set messaging.broker (or BROKER) to rabbitmq or kafka and messaging.url (or BROKER_URL) to its address.',
    )
  }
  if (url === '') throw new AppError('invalid', `messaging.url (or BROKER_URL) is empty: it names the ${kind} to use.`)
  const options = { url, namespace, shards, clientName: service.name, expectedGroups: groups, logger }
  const broker = await createBroker(kind, options)
  closer.defer(() => broker.close())
  health.add('messaging', async () => {
    await broker.check()
    return { broker: kind }
  })
  return broker
}

type Options = Parameters<typeof import('./rabbitmq/rabbit-broker.ts').createRabbitBroker>[0] &
  Parameters<typeof import('./kafka/kafka-broker.ts').createKafkaBroker>[0]

/** Each library is loaded only where it is used: one of them alone costs half a second and 50 MB. */
async function createBroker(kind: 'rabbitmq' | 'kafka', options: Options): Promise<Broker> {
  if (kind === 'rabbitmq') return (await import('./rabbitmq/rabbit-broker.ts')).createRabbitBroker(options)
  return (await import('./kafka/kafka-broker.ts')).createKafkaBroker(options)
}
