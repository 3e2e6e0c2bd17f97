import { AppError, readVariable } from '@order-flow/service-kit'
import { type Options, parseValues, OPTIONS as SHARED_OPTIONS, toOptions } from '../options.ts'
import { isServiceName, PARTS, SERVICES, type ServiceName } from './parts.ts'

export type BrokerKind = 'rabbitmq' | 'kafka'

export interface DistributedCommand extends Options {
  /** Address of the database as somebody who may make roles and schemas there. */
  databaseUrl: string
  broker: BrokerKind
  brokerUrl: string
  instances: Partial<Record<ServiceName, number>>
}

const DEFAULT_DATABASE_URL = 'postgres://postgres@127.0.0.1:5432/order_flow'
export const DEFAULT_BROKER_URLS: Record<BrokerKind, string> = {
  rabbitmq: 'amqp://guest:guest@127.0.0.1:5672',
  kafka: '127.0.0.1:9092',
}
const MAX_INSTANCES = 16

export const USAGE = `Starts every service as processes of its own, on PostgreSQL and RabbitMQ or Kafka.

  npm run start:distributed -- [options]

  --broker B           message queue: rabbitmq (default) or kafka
  --database-url URL   PostgreSQL, as a role that may make roles, and the database when it is missing
                       (default ${DEFAULT_DATABASE_URL})
  --broker-url URL     the message queue (default ${DEFAULT_BROKER_URLS.rabbitmq}; kafka: ${DEFAULT_BROKER_URLS.kafka})
  --instances LIST     how many processes of each, e.g. order-service=2,api-gateway=2 (default 1)
  --port N             port of the first gateway (default 8080; 0: chosen by the system)
  --data DIR           folder for passwords, logs and copies of the configuration (default ./data)
  --ephemeral          every other port is chosen by the system
  --ready-file F       writes the addresses to F as JSON when everything is ready
  --config DIR         folder of configuration files (default config-repo of this checkout)
  --no-demo            no demo shop and demo accounts; only an administrator is made
  --help               this text

The environment may give DATABASE_URL, BROKER and BROKER_URL instead, or files with their values: DATABASE_URL_FILE,
BROKER_FILE, BROKER_URL_FILE. Options win.
`

/** Reads the command line and the environment. Errors: `invalid` with a sentence and the way out. */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): DistributedCommand {
  const options = {
    ...SHARED_OPTIONS,
    broker: { type: 'string' },
    'database-url': { type: 'string' },
    'broker-url': { type: 'string' },
    instances: { type: 'string' },
  } as const
  const values = parseValues(args, options, 'npm run start:distributed')
  const broker = parseBroker(values.broker ?? readVariable(env, 'BROKER') ?? 'rabbitmq')
  return {
    ...toOptions(values, cwd),
    broker,
    brokerUrl: values['broker-url'] ?? readVariable(env, 'BROKER_URL') ?? DEFAULT_BROKER_URLS[broker],
    databaseUrl: values['database-url'] ?? readVariable(env, 'DATABASE_URL') ?? DEFAULT_DATABASE_URL,
    instances: parseInstances(values.instances ?? ''),
  }
}

function parseBroker(text: string): BrokerKind {
  if (text === 'rabbitmq' || text === 'kafka') return text
  throw new AppError('invalid', `--broker (or BROKER) takes rabbitmq or kafka, not "${text}".`)
}

function parseInstances(text: string): Partial<Record<ServiceName, number>> {
  const instances: Partial<Record<ServiceName, number>> = {}
  for (const entry of text.split(',').filter((part) => part.trim() !== '')) {
    const [name = '', count = ''] = entry.split('=').map((part) => part.trim())
    instances[parseService(name, entry)] = parseCount(name, count)
  }
  return instances
}

function parseService(name: string, entry: string): ServiceName {
  const scalable = SERVICES.filter((service) => !PARTS[service].isSingle)
  if (!isServiceName(name)) {
    throw new AppError(
      'invalid',
      `--instances takes a list such as order-service=2,api-gateway=2 of ${scalable.join(', ')}; "${entry}" is none of these.`,
    )
  }
  if (PARTS[name].isSingle)
    throw new AppError('invalid', `--instances: there is one ${name}; more than one can be of ${scalable.join(', ')}.`)
  return name
}

function parseCount(name: string, text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= MAX_INSTANCES) return count
  throw new AppError('invalid', `--instances: of ${name} there can be 1 to ${MAX_INSTANCES}, not "${text}".`)
}
