import { join } from 'node:path'
import { PARTS, type ServiceName } from './parts.ts'

/** What the processes have in common. */
export interface SharedEnvironment {
  dataDir: string
  configRepo: string
  configServerUrl: string
  eurekaUrl: string
  broker: 'rabbitmq' | 'kafka'
  /** Its own address of its database and of the message queue. */
  databaseUrlFor(service: ServiceName): string
  brokerUrlFor(service: ServiceName): string
  /** Address of the database as somebody who may read every service's tables: for the one that checks them all. */
  auditorUrl: string
  /** Laid over its configuration. */
  settingsFor(service: ServiceName, index: number): Record<string, unknown> | undefined
  seedFiles: { accounts: string; products: string | undefined }
}

/** Nothing else of our own environment reaches the processes: it may hold the administrator's passwords. */
const INHERITED = [
  'PATH',
  'HOME',
  'TZ',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'LOG_LEVEL',
  'SystemRoot',
  'TEMP',
]

/** The environment of one process: what it needs and no more, so only its own database's password, and order-service the auditor's. */
export function environmentOf(service: ServiceName, index: number, shared: SharedEnvironment): Record<string, string> {
  const { hasDatabase, hasBroker } = PARTS[service]
  const settings = shared.settingsFor(service, index)
  return {
    ...inherited(process.env),
    DATA_DIR: join(shared.dataDir, `${service}-${index}`),
    EUREKA_URL: shared.eurekaUrl,
    ...(service === 'config-server' ? { CONFIG_REPO: shared.configRepo } : { CONFIG_SERVER_URL: shared.configServerUrl }),
    ...(hasDatabase && { DATABASE_URL: shared.databaseUrlFor(service) }),
    ...(service === 'order-service' && { AUDIT_DATABASE_URL: shared.auditorUrl }),
    ...(hasBroker && { BROKER: shared.broker, BROKER_URL: shared.brokerUrlFor(service) }),
    ...(settings && { SPRING_APPLICATION_JSON: JSON.stringify(settings) }),
    // One is enough: what is there already is left alone.
    ...(index === 1 && seedOf(service, shared)),
  }
}

function seedOf(service: ServiceName, { seedFiles }: SharedEnvironment): Record<string, string> {
  if (service === 'identity-service') return { SEED_ACCOUNTS_FILE: seedFiles.accounts }
  if (service === 'inventory-payment-service' && seedFiles.products) return { SEED_PRODUCTS_FILE: seedFiles.products }
  return {}
}

function inherited(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(INHERITED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
}
