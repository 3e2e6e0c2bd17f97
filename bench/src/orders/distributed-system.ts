import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { removeNamespace } from '@order-flow/messaging/removal'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { EXIT, Failure } from '../command.ts'
import { planBenchDatabase } from './bench-database.ts'
import { kafkaVersion, rabbitmqVersion } from './broker-version.ts'
import { launch } from './launched-process.ts'
import type { BenchOptions, Mode } from './options.ts'
import { brokerPlace, findServerProcesses, serviceProcesses } from './server-processes.ts'
import type { StartOrder } from './start-order.ts'
import type { MeasuredSystem } from './system.ts'

export const USUAL_DATABASE_URL = 'postgres://postgres@127.0.0.1:5432/postgres'
export const USUAL_BROKER_URLS = { rabbitmq: 'amqp://guest:guest@127.0.0.1:5672', kafka: '127.0.0.1:9092' } as const

/** It ends its processes in four steps, each within 11 s, and most at once. */
const STOP_TIMEOUT_MS = 45_000
const PROGRAM = fileURLToPath(new URL('./start-distributed.ts', import.meta.url))
// As configured (messaging.shards, messaging.groups), to find what is to be removed.
const SHARDS = 4
const GROUPS = ['order-service', 'inventory-payment-service', 'notification-chat-service']

type DistributedMode = Exclude<Mode, 'embedded'>

/**
 * Starts a process for each service, with a database and a corner of the message queue of its own; `dispose` removes both.
 */
export async function startDistributedSystem(
  options: BenchOptions & { mode: DistributedMode },
  signal: AbortSignal,
): Promise<MeasuredSystem> {
  const { mode, profile, instances } = options
  const database = await planBenchDatabase(options.databaseUrl ?? USUAL_DATABASE_URL)
  const brokerUrl = options.brokerUrl ?? USUAL_BROKER_URLS[mode]
  const order = { broker: mode, brokerUrl, databaseUrl: database.url, instances, namespace: database.name.replace('_', '-') }
  const removeTraces = async () => {
    await removeNamespace(mode, brokerUrl, { namespace: order.namespace, shards: SHARDS, groups: GROUPS })
    await database.remove()
  }
  try {
    const { pid, ...launched } = await launch({
      program: PROGRAM,
      tell: ({ dataFolder: dataDir, readyFile }) => ({
        env: { START_ORDER: JSON.stringify({ ...order, dataDir, readyFile } satisfies StartOrder) },
      }),
      profile,
      stopTimeoutMs: STOP_TIMEOUT_MS,
      signal,
    })
    const servers = findServerProcesses(mode, database.url, brokerUrl)
    return {
      ...launched,
      mode,
      processes: () => [...serviceProcesses(pid), ...servers()],
      engines: async () => ({ database: database.version, 'message queue': await brokerVersion(mode, brokerUrl) }),
      data: { databaseUrl: await auditorUrlOf(launched.dataFolder) },
      async dispose() {
        await launched.dispose()
        await removeTraces()
      },
    }
  } catch (error) {
    await removeTraces().catch(() => {}) // why it could not start is what counts
    throw error
  }
}

const DistributedFile = Type.Object({ auditorUrl: Type.String() })

/** The address at which the tables of all services may be read, as the launcher writes it into the data folder. */
export async function auditorUrlOf(dataFolder: string): Promise<string> {
  const path = join(dataFolder, 'distributed.json')
  const content: unknown = JSON.parse(await readFile(path, 'utf8'))
  if (Value.Check(DistributedFile, content)) return content.auditorUrl
  throw new Failure(EXIT.badInput, `${path} does not name the database.`)
}

export async function brokerVersion(mode: DistributedMode, brokerUrl: string): Promise<string> {
  const { hostname, port } = brokerPlace(mode, brokerUrl)
  return mode === 'rabbitmq' ? rabbitmqVersion(hostname, port) : kafkaVersion(port)
}
