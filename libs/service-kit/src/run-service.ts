import { parseArgs } from 'node:util'
import type { Static, TSchema } from 'typebox'
import { mergeTrees } from './config.ts'
import { messageOf } from './errors.ts'
import { createLogger } from './logger.ts'
import { openService, type Service } from './service.ts'

/** A service as its app.ts exports it, with what only a process of its own needs. */
export interface Runnable<S extends TSchema> {
  name: string
  Config: S
  /** Wires it; `start` listens and registers, `stop` ends in order. */
  createApp(service: Service<Static<S>>): Promise<{ start(): Promise<string>; stop(): Promise<void> }>
}

/** Environment variables and the configuration they set; they win over the config server's. */
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  SERVER_PORT: ['server', 'port'],
  SERVER_ADDRESS: ['server', 'address'],
  EUREKA_URL: ['eureka', 'client', 'serviceUrl', 'defaultZone'],
  DATABASE_URL: ['database', 'url'],
  DATABASE_SCHEMA: ['database', 'schema'],
  BROKER: ['messaging', 'broker'],
  BROKER_URL: ['messaging', 'url'],
}

/**
 * Runs one service as this process: `main.ts` of each. Stops in order on SIGTERM and SIGINT; says in one sentence why it
 * cannot start and exits with 1.
 */
export async function runService<S extends TSchema>({ name, Config, createApp }: Runnable<S>): Promise<void> {
  try {
    const { values } = parseArgs({ options: { config: { type: 'string' }, port: { type: 'string' }, data: { type: 'string' } } })
    const { env } = process
    const service = await openService(name, Config, {
      configServerUrl: values.config ?? env.CONFIG_SERVER_URL ?? 'http://127.0.0.1:8888',
      dataDir: values.data ?? env.DATA_DIR ?? 'data',
      profile: env.SPRING_PROFILES_ACTIVE ?? 'default',
      version: env.npm_package_version ?? 'dev',
      logger: createLogger(env.LOG_LEVEL ?? 'info'),
      overrides: settingsOf(values.port === undefined ? env : { ...env, SERVER_PORT: values.port }),
    })
    const app = await createApp(service)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => app.stop().then(() => process.exit(0), fail))
    await app.start()
  } catch (error) {
    fail(error)
  }
}

/** The part of the configuration that the environment sets. */
function settingsOf(env: NodeJS.ProcessEnv): Record<string, unknown> {
  let settings: Record<string, unknown> = {}
  for (const [variable, path] of Object.entries(SETTINGS)) {
    const value = env[variable]
    if (value === undefined) continue
    settings = mergeTrees(
      settings,
      path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>, // the path is not empty
    )
  }
  return settings
}

function fail(error: unknown): never {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exit(1)
}
