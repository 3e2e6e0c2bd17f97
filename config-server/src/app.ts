import { createEurekaClient } from '@order-flow/eureka-client'
import { createCloser, createHealth, createHttpServer, createMetrics, type Logger, listenOn } from '@order-flow/service-kit'
import { openFolder } from './folder.ts'
import { addRoutes } from './routes.ts'

/** Name under which the service registers. */
export const name = 'config-server'

export interface ConfigServerOptions {
  /** Folder with the configuration files. */
  repoDir: string
  /** Interface to listen on. */
  host: string
  /** Host to register under. Default: `host`. */
  advertisedHost?: string
  /** 0 lets the system choose. */
  port: number
  logger: Logger
  version: string
}

export interface ConfigServer {
  /** Listens and answers the base URL. Errors: `unavailable` (folder unreadable, port in use). */
  start(): Promise<string>
  /**
   * Appears in the registry (base URLs separated by commas). After `start`; a registry that is down is no obstacle.
   * Answers how to leave it again; `stop` does that too.
   */
  register(eurekaServiceUrl: string): Promise<() => Promise<void>>
  /** Deregisters, lets running requests end, closes. Idempotent. */
  stop(): Promise<void>
}

// Constants, not settings from its own folder: a broken file there must not keep the config server out of the registry.
const REGISTRY_WAITS = { eurekaServerConnectTimeoutSeconds: 1, eurekaServerReadTimeoutSeconds: 2 }
const LEASE = { leaseRenewalIntervalInSeconds: 5, leaseExpirationDurationInSeconds: 15 }

/** Makes the config server: configuration files over Spring Cloud Config's protocol. */
export function createApp({ repoDir, host, advertisedHost = host, port, logger: parent, version }: ConfigServerOptions): ConfigServer {
  const logger = parent.child({ service: name })
  const closer = createCloser()
  let url: string | undefined

  async function start(): Promise<string> {
    const folder = await openFolder(repoDir)
    const health = createHealth()
    health.add('configFolder', async () => {
      await folder.check()
      return undefined
    })
    const http = createHttpServer({ name, version, logger, health, metrics: createMetrics(name) })
    addRoutes(http, folder, logger)
    url = await listenOn(http, host, port)
    closer.defer(() => http.close())
    closer.defer(() => health.startStopping())
    logger.info({ url, folder: folder.path }, 'service started')
    return url
  }

  async function register(eurekaServiceUrl: string): Promise<() => Promise<void>> {
    if (url === undefined) throw new Error('The config server registers after it has started.')
    const client = createEurekaClient({
      client: { ...REGISTRY_WAITS, serviceUrl: { defaultZone: eurekaServiceUrl } },
      instance: { ...LEASE, appname: name, hostname: advertisedHost, nonSecurePort: Number(new URL(url).port), metadataMap: { version } },
      onProblem: (problem) => logger.warn({ problem }, 'registry'),
    })
    closer.defer(() => client.stop())
    await client.start()
    return () => client.stop()
  }

  return { start, register, stop: () => closer.close() }
}
