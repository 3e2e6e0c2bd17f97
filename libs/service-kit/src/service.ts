import { hostname } from 'node:os'
import { join } from 'node:path'
import { createEurekaClient, type EurekaClient } from '@order-flow/eureka-client'
import { type Static, type TSchema, Type } from 'typebox'
import { createTokenVerifier, type TokenVerifier } from './authentication.ts'
import { CommonConfig } from './common-config.ts'
import { loadConfig } from './config.ts'
import { AppError } from './errors.ts'
import { createHealth, type Health } from './health.ts'
import { createHttpServer, type HttpServer } from './http-server.ts'
import { type Closer, createCloser } from './lifecycle.ts'
import type { Logger } from './logger.ts'
import { createMetrics, type Metrics } from './metrics.ts'

/** What a process tells each service it runs. */
export interface ServiceEnvironment {
  configServerUrl: string
  /** Folder for the service's own data; the service makes a folder of its name in it. */
  dataDir: string
  profile: string
  version: string
  logger: Logger
  /** Laid over what the config server says, e.g. `{ server: { port: 0 } }`. */
  overrides: Record<string, unknown>
}

/** What every service is made of before its own parts come. */
export interface Service<C> {
  name: string
  config: C & CommonConfig
  dataDir: string
  logger: Logger
  closer: Closer
  health: Health
  metrics: Metrics
  http: HttpServer
  discovery: EurekaClient
  tokens: TokenVerifier
  /** Listens, registers in Eureka as UP and answers the base URL. */
  start(): Promise<string>
  /** Only listens (for the registry itself) and answers the base URL. */
  listen(): Promise<string>
  /** Says goodbye to Eureka, lets running requests end, then releases everything, last opened first. Idempotent. */
  stop(): Promise<void>
}

/**
 * Opens a service: configuration from the config server, logger, HTTP server with actuator, Eureka client, token
 * verifier. Nothing listens until `start()`.
 */
export async function openService<S extends TSchema>(
  name: string,
  schema: S,
  environment: ServiceEnvironment,
): Promise<Service<Static<S>>> {
  const logger = environment.logger.child({ service: name })
  const dataDir = join(environment.dataDir, name)
  const source = {
    application: name,
    configServerUrl: environment.configServerUrl,
    profile: environment.profile,
    lastGoodFile: join(dataDir, 'last-good-config.json'),
    overrides: environment.overrides,
  }
  const config: Static<S> & CommonConfig = await loadConfig(Type.Intersect([CommonConfig, schema]), source, logger)
  const closer = createCloser()
  const health = createHealth()
  const metrics = createMetrics(name)
  const http = createHttpServer({ name, version: environment.version, logger, health, metrics })
  const { registryFetchIntervalSeconds: fetchSeconds } = config.eureka.client
  const { leaseRenewalIntervalInSeconds, leaseExpirationDurationInSeconds } = config.eureka.instance
  const discovery = createEurekaClient({
    client: { ...REGISTRY_WAITS, serviceUrl: config.eureka.client.serviceUrl, registryFetchIntervalSeconds: fetchSeconds },
    instance: { appname: name, leaseRenewalIntervalInSeconds, leaseExpirationDurationInSeconds },
    onProblem: (problem) => logger.warn({ problem }, 'registry'),
  })
  const tokens = createTokenVerifier({ fetchKeys: () => fetchKeys(discovery) })
  // As soon as identity-service is known: it may be restarting when the first token comes.
  closer.defer(discovery.onChange(() => void tokens.fetchAhead()))
  let stopping: Promise<void> | undefined

  async function listen(): Promise<string> {
    const url = await listenOn(http, config.server.address, config.server.port)
    closer.defer(() => http.close())
    closer.defer(() => health.startStopping())
    return url
  }

  async function start(): Promise<string> {
    const url = await listen()
    await discovery.start({
      hostname: advertisedHost(config.server.address, config.eureka.instance.hostname),
      nonSecurePort: Number(new URL(url).port),
      metadataMap: { version: environment.version },
    })
    closer.defer(() => discovery.stop())
    logger.info({ url }, 'service started')
    return url
  }

  return {
    name,
    config,
    dataDir,
    logger,
    closer,
    health,
    metrics,
    http,
    discovery,
    tokens,
    start,
    listen,
    stop: () => (stopping ??= closer.close()),
  }
}

/** Shorter than Spring's: services start one after another, and each would wait for a registry that does not answer. */
const REGISTRY_WAITS = { eurekaServerConnectTimeoutSeconds: 1, eurekaServerReadTimeoutSeconds: 2 }

const EVERY_INTERFACE: readonly string[] = ['0.0.0.0', '::']

/** The host to register: what is configured, else where the instance listens, else (every interface) this machine's name. */
export function advertisedHost(address: string, configured: string): string {
  return configured || (EVERY_INTERFACE.includes(address) ? hostname() : address)
}

/** Listens and answers the base URL. Errors: `unavailable` with problem `port-in-use`. */
export async function listenOn(http: HttpServer, host: string, port: number): Promise<string> {
  try {
    return await http.listen({ host, port })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new AppError('unavailable', `Port ${port} on ${host} is in use by another program.`, {
        cause: error,
        problem: 'port-in-use',
        facts: { port },
      })
    }
    throw error
  }
}

const KEYS_TIMEOUT_MS = 3000

async function fetchKeys(discovery: EurekaClient) {
  if (!discovery.pick('identity-service')) await discovery.refresh()
  const instance = discovery.pick('identity-service')
  if (!instance) throw new Error('no instance of identity-service is registered')
  const response = await fetch(`${instance.url}/.well-known/jwks.json`, { signal: AbortSignal.timeout(KEYS_TIMEOUT_MS) })
  if (!response.ok) throw new Error(`identity-service answered ${response.status}`)
  return (await response.json()) as { keys: [] } // createLocalJWKSet checks its shape
}
