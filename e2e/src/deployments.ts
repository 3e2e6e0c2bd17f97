import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditSource } from '@order-flow/invariants'
import { removeNamespace } from '@order-flow/messaging/removal'
import { BROKERS } from '@order-flow/messaging/testing'
import { randomHex } from '@order-flow/service-kit'
import { ENGINES } from '@order-flow/service-kit/testing'
import { TEST_KAFKA_URL } from '../../libs/messaging/src/kafka/testing.ts'
import { TEST_RABBIT_URL } from '../../libs/messaging/src/rabbitmq/testing.ts'
import { asAdministrator, TEST_POSTGRES_URL } from '../../libs/service-kit/src/testing-postgres.ts'
import { newDataDir, ROOT, removeDataDir, type System, startSystem } from './system.ts'

/** A way to run the whole shop. The journeys run on each of DEPLOYMENTS. */
export interface Deployment {
  id: 'embedded' | 'rabbitmq' | 'kafka'
  /** For the names of tests. */
  name: string
  /** How long an orderly end may take. */
  maxStopMs: number
  /** Starts an empty shop. */
  start(): Promise<DeployedShop>
}

export interface DeployedShop {
  system: System
  /** What `checkInvariants` reads, also when the shop has stopped. */
  audit: AuditSource
  /** Removes what it has left behind, wherever that is. The shop has stopped. */
  remove(): Promise<void>
}

const GROUPS = ['order-service', 'inventory-payment-service', 'notification-chat-service']
const SHARDS = 4
const INSTANCES = 'order-service=2,inventory-payment-service=2,notification-chat-service=2,api-gateway=2'

const embedded: Deployment = {
  id: 'embedded',
  name: 'one process, SQLite and the in-process queue',
  maxStopMs: 3000,
  async start() {
    const dataDir = newDataDir()
    const system = await startSystem(dataDir)
    return { system, audit: { dataDir }, remove: async () => removeDataDir(dataDir) }
  },
}

function distributed(broker: 'rabbitmq' | 'kafka', brokerUrl: string): Deployment {
  return {
    id: broker,
    name: `many processes, PostgreSQL and ${broker}`,
    maxStopMs: 15_000,
    async start() {
      const database = `test_${randomHex(4)}`
      const namespace = database.replace('_', '-')
      const databaseUrl = new URL(TEST_POSTGRES_URL)
      databaseUrl.pathname = `/${database}`
      const dataDir = newDataDir()
      const remove = async () => {
        await removeDatabase(database)
        await removeNamespace(broker, brokerUrl, { namespace, shards: SHARDS, groups: GROUPS })
        removeDataDir(dataDir)
      }
      const engines = ['--broker', broker, '--broker-url', brokerUrl, '--database-url', databaseUrl.href]
      const args = [...engines, '--instances', INSTANCES, '--config', configWith(dataDir, namespace)]
      try {
        const system = await startSystem(dataDir, args, 'launcher/src/start-distributed.ts')
        return { system, audit: { databaseUrl: databaseUrl.href, logDir: join(dataDir, 'logs') }, remove }
      } catch (error) {
        await remove()
        throw error
      }
    },
  }
}

/** The configuration that users get, with names of its own on the message queue. */
function configWith(dataDir: string, namespace: string): string {
  const folder = join(dataDir, 'config-repo')
  cpSync(join(ROOT, 'config-repo'), folder, { recursive: true })
  const common = join(folder, 'application.yml')
  writeFileSync(common, `${readFileSync(common, 'utf8')}\nmessaging:\n  namespace: ${namespace}\n`)
  return folder
}

async function removeDatabase(name: string): Promise<void> {
  await asAdministrator(`drop database if exists ${name} with (force)`)
  for (const { rolname } of await asAdministrator(`select rolname from pg_roles where rolname like '${name}%'`)) {
    await asAdministrator(`drop role ${rolname}`)
  }
}

const hasPostgres = ENGINES.some(({ name }) => name === 'postgresql')
const hasBroker = (name: string) => hasPostgres && BROKERS.some((broker) => broker.name === name)

/** Those whose engines are there; scripts/test-engines.ts says which are missing. */
export const DEPLOYMENTS: readonly Deployment[] = [
  embedded,
  ...(hasBroker('rabbitmq') ? [distributed('rabbitmq', TEST_RABBIT_URL)] : []),
  ...(hasBroker('kafka') ? [distributed('kafka', TEST_KAFKA_URL)] : []),
]

/** The one that `ORDER_FLOW_TEST_SHOP` names (embedded when it names none), for journeys that are too long to run on each every time. */
export function chosenDeployment(): Deployment {
  const wanted = process.env.ORDER_FLOW_TEST_SHOP ?? 'embedded'
  const found = DEPLOYMENTS.find(({ id }) => id === wanted)
  if (!found) throw new Error(`ORDER_FLOW_TEST_SHOP is "${wanted}"; there is ${DEPLOYMENTS.map(({ id }) => id).join(', ')}.`)
  return found
}
