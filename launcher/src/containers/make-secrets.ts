// Makes what the containers of docker-compose.yml keep to themselves, each in a folder of its own: run once before all others.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { urlFor } from '@order-flow/service-kit'
import { firstAccounts } from '../accounts.ts'
import demoProducts from '../demo-products.json' with { type: 'json' }
import { loginsFor } from '../distributed/logins.ts'
import { PARTS, SERVICES, type ServiceName } from '../distributed/parts.ts'

const DATABASE = 'order_flow'
const BROKER_USER = 'order_flow'

export interface SecretsOptions {
  /** Holds a folder for each container. */
  folder: string
  broker: 'rabbitmq' | 'kafka'
  /** Makes accounts for every role, not only an administrator. */
  demo: boolean
}

/**
 * Makes the secrets that are not there yet; what is there stays. A container sees its own folder alone, which is what
 * protects the files: inside they may be read by every user, since the images run as different ones.
 */
export function makeSecrets({ folder, broker, demo }: SecretsOptions): void {
  const password = (name: string) => keep(folder, `secrets/${name}`, () => randomBytes(24).toString('base64url'))
  const adminUrl = `postgres://postgres:${password('postgres')}@postgres:5432/${DATABASE}`
  put(folder, 'postgres/password', password('postgres'))
  put(folder, 'rabbitmq/rabbitmq.conf', rabbitSettings(password('rabbitmq')))
  put(folder, 'provision/admin-url', adminUrl)
  const { services, auditor } = loginsFor(DATABASE, join(folder, 'secrets', 'database-passwords.json'))
  const { accounts } = firstAccounts(join(folder, 'secrets'), demo)
  put(folder, 'provision/logins.json', JSON.stringify({ services, auditor }))
  // It checks the rules over the tables of all services.
  put(folder, 'order-service/auditor-url', urlFor(adminUrl, auditor))
  put(folder, 'identity-service/accounts.json', JSON.stringify(accounts, null, 2))
  put(folder, 'inventory-payment-service/products.json', JSON.stringify(demo ? demoProducts : []))
  putRegistryAccounts(folder, password)
  const brokerUrl = broker === 'kafka' ? 'kafka:9092' : `amqp://${BROKER_USER}:${password('rabbitmq')}@rabbitmq:5672`
  for (const { service, role, password } of services) {
    put(folder, `${service}/database-url`, urlFor(adminUrl, { role, password }))
    if (PARTS[service].hasBroker) put(folder, `${service}/broker-url`, brokerUrl)
  }
}

/** Each service signs in at the registry with an account of its own: it finds everybody and registers itself, nobody else. */
function putRegistryAccounts(folder: string, password: (name: string) => string): void {
  const accounts = SERVICES.map((name) => ({ name, password: password(`registry-${name}`), may: registryRights(name) }))
  const operator = { name: 'operator', password: password('registry-operator'), may: rightsTo('read', 'register', 'override', 'operate') }
  const security = { accounts: [...accounts, operator] }
  put(folder, 'eureka-server/settings.json', JSON.stringify({ eureka: { server: { security } } }, null, 2))
  for (const { name, password } of accounts) put(folder, `${name}/eureka-url`, `http://${name}:${password}@eureka-server:8761/eureka/`)
}

function registryRights(service: ServiceName) {
  // A registry passes on to others what it was told.
  if (service === 'eureka-server') return rightsTo('read', 'replicate')
  return [...rightsTo('read'), { action: 'register', applications: [service.toUpperCase()] }]
}

function rightsTo(...actions: string[]) {
  return actions.map((action) => ({ action, applications: ['*'] }))
}

function rabbitSettings(password: string): string {
  // User and password count at the first start, when the server has none yet. It logs to the console alone.
  return [`default_user = ${BROKER_USER}`, `default_pass = ${password}`, 'log.file = false', ''].join('\n')
}

/** The value of a file, made at the first time. */
function keep(folder: string, name: string, make: () => string): string {
  const file = join(folder, name)
  if (!existsSync(file)) put(folder, name, make(), 0o600)
  return readFileSync(file, 'utf8').trim()
}

function put(folder: string, name: string, text: string, mode = 0o444): void {
  const file = join(folder, name)
  mkdirSync(join(file, '..'), { recursive: true })
  // Whoever reads it never sees half of it.
  writeFileSync(`${file}.new`, text.endsWith('\n') ? text : `${text}\n`, { mode })
  renameSync(`${file}.new`, file)
}
