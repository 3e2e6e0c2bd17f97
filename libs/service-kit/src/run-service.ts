import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Static, type TSchema, Type } from 'typebox'
import { backoffMs } from './backoff.ts'
import { CommonConfig } from './common-config.ts'
import { mergeTrees } from './config.ts'
import { AppError } from './errors.ts'
import type { Logger } from './logger.ts'
import { tellParent } from './parent-process.ts'
import { settingsOf } from './process-settings.ts'
import { relaxedSettings } from './relaxed-environment.ts'
import { type RunningPart, runProcess } from './run-process.ts'
import { openService, type Service, type ServiceEnvironment } from './service.ts'

/** A service as its app.ts exports it, with what only a process of its own needs. */
export interface Runnable<S extends TSchema> {
  name: string
  Config: S
  /** Wires it; `start` listens, registers and answers the base URL, `stop` ends in order. */
  createApp(service: Service<Static<S>>): Promise<App> | App
}

interface App {
  start(): Promise<string>
  stop(): Promise<unknown>
}

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 15_000

/**
 * Runs one service as this process: `main.ts` of each. Options: `--config URL` of the config server, `--port N`,
 * `--data DIR`; environment: CONFIG_SERVER_URL, DATA_DIR, SPRING_PROFILES_ACTIVE, LOG_LEVEL, STOP_TIMEOUT_MS, SETTINGS and
 * every key of the configuration (relaxedSettings). While what it needs cannot be reached it waits, and says so; see `runProcess` for how it ends.
 */
export async function runService<S extends TSchema>(runnable: Runnable<S>): Promise<void> {
  await runProcess(runnable.name, async (logger) => {
    const environment = environmentOf(process.env, logger)
    for (let attempt = 1; ; attempt++) {
      try {
        return await open(runnable, environment)
      } catch (error) {
        if (!isWorthWaiting(error)) throw error
        const retryInMs = backoffMs(attempt, FIRST_RETRY_MS, LAST_RETRY_MS)
        logger.warn({ service: runnable.name, cause: error.message, retryInMs }, 'cannot start yet; waiting')
        await tellParent({ type: 'waiting', reason: error.message })
        await pause(retryInMs)
      }
    }
  })
}

/** The version of the whole project. */
export function projectVersion(): string {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', '..', 'package.json'), 'utf8')) as { version: string } // npm's own format
  return manifest.version
}

function environmentOf(env: NodeJS.ProcessEnv, logger: Logger): ServiceEnvironment {
  const { config, port, data } = parseProcessArguments()
  return {
    configServerUrl: config ?? env.CONFIG_SERVER_URL ?? 'http://127.0.0.1:8888',
    dataDir: data ?? env.DATA_DIR ?? 'data',
    profile: env.SPRING_PROFILES_ACTIVE ?? 'default',
    version: projectVersion(),
    logger,
    overrides: settingsOf(port === undefined ? env : { ...env, SERVER_PORT: port }),
  }
}

function parseProcessArguments() {
  try {
    return parseArgs({ options: { config: { type: 'string' }, port: { type: 'string' }, data: { type: 'string' } } }).values
  } catch (error) {
    throw new AppError('invalid', `The options are --config URL (of the config server), --port N and --data DIR.`, { cause: error })
  }
}

/** Opens and starts it; when that fails, what was opened is released. */
async function open<S extends TSchema>({ name, Config, createApp }: Runnable<S>, environment: ServiceEnvironment): Promise<RunningPart> {
  const relaxed = relaxedSettings(Type.Intersect([CommonConfig, Config]), process.env)
  const service = await openService(name, Config, { ...environment, overrides: mergeTrees(relaxed, environment.overrides) })
  try {
    const app = await createApp(service)
    return { url: await app.start(), stop: () => app.stop() }
  } catch (error) {
    await service.stop().catch(() => undefined) // the first error is the one to tell
    throw error
  }
}

/** A database or message queue that is down comes back; a port in use or a wrong address does not mend itself. */
function isWorthWaiting(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'unavailable' && error.problem === 'unavailable'
}
