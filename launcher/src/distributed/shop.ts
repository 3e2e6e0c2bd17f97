import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, urlFor } from '@order-flow/service-kit'
import { type Account, firstAccounts } from '../accounts.ts'
import { openDataFolder } from '../data-folder.ts'
import { openLogFile } from '../log-file.ts'
import { type EngineAddresses, prepareEngines } from './engines.ts'
import type { RestartPolicy } from './instance.ts'
import { type Logins, loginsFor } from './logins.ts'
import type { ServiceName } from './parts.ts'
import { type Supervisor, startSupervisor } from './supervisor.ts'

export interface DistributedOptions extends EngineAddresses {
  /** For this process alone: passwords, logs, copies of the configuration. Made when it is missing. */
  dataDir: string
  /** How many processes of each; 1 where nothing is said. */
  instances?: Partial<Record<ServiceName, number>>
  /** Port of the first gateway. Default: as configured (8080); 0: chosen by us. */
  gatewayPort?: number | undefined
  /** Every other port is chosen by us. Default: false. */
  ephemeral?: boolean
  /** Seeds the demo shop and its accounts. Default: true. */
  demo?: boolean
  /** Folder of configuration files. Default: config-repo of this checkout. */
  configRepo?: string | undefined
  restart?: Partial<RestartPolicy>
  /** Takes another way to the database or message queue, such as one that can be cut. `url` is the service's own. */
  databaseUrlFor?(service: ServiceName, url: string): string
  brokerUrlFor?(service: ServiceName, url: string): string
  /** Laid over the configuration of a process, e.g. `{ orders: { deadlineSeconds: 5 } }`. */
  settingsFor?(service: ServiceName, index: number): Record<string, unknown> | undefined
  /** Gives up starting; what has started is stopped again. */
  signal?: AbortSignal
  /** Takes what is for a person's eyes: errors, and processes that end and start again. Default: nobody. */
  print?(line: string): void
}

export interface DistributedShop extends Supervisor {
  accounts: Record<string, Account>
  accountsFile: string
  logPath: string
  /** Address of the database as somebody who may read every service's tables and change nothing. */
  auditorUrl: string
}

const ROOT = join(import.meta.dirname, '..', '..', '..')
const DEMO_PRODUCTS = join(import.meta.dirname, '..', 'demo-products.json')

/** Starts every service as processes of its own, on engines that are there. Errors: why it could not, in a sentence. */
export async function startDistributed(options: DistributedOptions): Promise<DistributedShop> {
  const { dataDir, databaseUrl, brokerUrl, demo = true } = options
  const releaseFolder = openDataFolder(dataDir)
  const logPath = join(dataDir, 'logs', 'order-flow.log')
  const log = openLogFile(logPath)
  const release = () => {
    log.close()
    releaseFolder()
  }
  try {
    const logins = loginsFor(databaseOf(databaseUrl), join(dataDir, 'database-passwords.json'))
    await prepareEngines(options, logins)
    const { file: accountsFile, accounts } = firstAccounts(dataDir, demo)
    const auditorUrl = urlFor(databaseUrl, logins.auditor)
    writePrivate(join(dataDir, 'distributed.json'), { auditorUrl, schemas: schemasOf(logins), broker: options.broker })
    const supervisor = await startSupervisor({
      ...options,
      instances: options.instances ?? {},
      gatewayPort: options.gatewayPort,
      ephemeral: options.ephemeral ?? false,
      configRepo: options.configRepo ?? join(ROOT, 'config-repo'),
      databaseUrlFor: databaseUrls(options, logins),
      auditorUrl,
      brokerUrlFor: (service) => options.brokerUrlFor?.(service, brokerUrl) ?? brokerUrl,
      settingsFor: (service, index) => options.settingsFor?.(service, index),
      seedFiles: { accounts: accountsFile, products: demo ? DEMO_PRODUCTS : undefined },
      sink: { write: (lines) => log.write(lines), print: options.print ?? (() => undefined) },
    })
    return withRelease(supervisor, release, { accounts, accountsFile, logPath, auditorUrl })
  } catch (error) {
    release()
    throw error
  }
}

function databaseOf(url: string): string {
  const path = URL.canParse(url) ? decodeURIComponent(new URL(url).pathname.slice(1)) : ''
  if (path) return path
  throw new AppError(
    'invalid',
    '--database-url (or DATABASE_URL) is not the address of a database: it reads "postgres://role:password@host:5432/database".',
  )
}

function databaseUrls({ databaseUrl, databaseUrlFor }: DistributedOptions, { services }: Logins): (service: ServiceName) => string {
  return (service) => {
    const login = services.find((candidate) => candidate.service === service)
    if (!login) throw new AppError('internal', `${service} has no database.`)
    const url = urlFor(databaseUrl, login)
    return databaseUrlFor?.(service, url) ?? url
  }
}

function schemasOf({ services }: Logins): Record<string, string> {
  return Object.fromEntries(services.map(({ service, schema }) => [service, schema]))
}

function writePrivate(file: string, content: object): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** The data folder is free again when everything has ended. */
function withRelease(supervisor: Supervisor, release: () => void, more: Omit<DistributedShop, keyof Supervisor>): DistributedShop {
  let stopping: Promise<void> | undefined
  return {
    ...more,
    get addresses() {
      return supervisor.addresses
    },
    get instances() {
      return supervisor.instances
    },
    kill: supervisor.kill,
    restart: supervisor.restart,
    onExit: supervisor.onExit,
    onReady: supervisor.onReady,
    cut: supervisor.cut,
    stop: () => (stopping ??= supervisor.stop().finally(release)),
  }
}
