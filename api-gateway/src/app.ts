import { advertisedHost, listenOn, type Service } from '@order-flow/service-kit'
import { createAuthentication } from './authentication.ts'
import { Config } from './config.ts'
import { createDeadlines } from './deadlines.ts'
import { createGateway } from './gateway.ts'
import { createObservation } from './observation.ts'
import { createProxy } from './proxy.ts'
import { createPublicServer, type PublicServer } from './public-server.ts'
import { parseDurationMs } from './routes/arguments.ts'
import { compileRoutes } from './routes/route.ts'
import { createRouteTable } from './routes/route-table.ts'
import { createTunnel, type Tunnel } from './tunnel.ts'
import { createUpstreams } from './upstreams.ts'
import { createWebApp } from './web-app.ts'

/** The name in the registry and of the configuration. */
export const name = 'api-gateway'

export { Config }

export interface AppOptions {
  /** Folder of the built web app. */
  webDir: string
}

export interface App {
  /** Listens on the public and the management port, registers in Eureka as UP and answers the public base URL. */
  start(): Promise<string>
  /** Deregisters, lets running requests and sockets end, then releases everything. Idempotent. */
  stop(): Promise<void>
}

/** Wires the gateway. Nothing listens until `start()`. Errors: `invalid` when a route is not valid. */
export function createApp(service: Service<Config>, { webDir }: AppOptions): App {
  const { config, discovery, closer, logger } = service
  const { webflux } = config.spring.cloud.gateway.server
  const limits = config.gateway
  const responseTimeoutMs = parseDurationMs(webflux.httpclient.responseTimeout)
  const routes = compileRoutes(webflux.routes, { maxBodyBytes: limits.maxBodyBytes, responseTimeoutMs, filters: webflux.defaultFilters })

  const deadlines = createDeadlines()
  closer.defer(() => deadlines.close())
  const upstreams = createUpstreams({
    discovery,
    maxConnections: webflux.httpclient.pool.maxConnections,
    connectTimeoutMs: webflux.httpclient.connectTimeout,
    bodyTimeoutMs: limits.bodyTimeoutMs,
  })
  closer.defer(() => upstreams.close())
  const tunnel = createTunnel({
    upstreams,
    deadlines,
    maxSockets: limits.sockets.max,
    maxSocketsPerUser: limits.sockets.maxPerUser,
    idleTimeoutMs: limits.sockets.idleTimeoutMs,
  })
  const gateway = createGateway({
    routes: createRouteTable(routes),
    authentication: createAuthentication(service.tokens),
    proxy: createProxy({ upstreams, deadlines, ...limits }),
    tunnel,
    webApp: createWebApp(webDir),
    observation: createObservation(logger, service.metrics, tunnel.openCount),
  })
  const server = createPublicServer({ ...limits, ...gateway })

  return {
    async start() {
      const { address, port } = config.server
      const managementUrl = await listenOn(service.http, '127.0.0.1', config.management.server.port)
      closer.defer(() => service.http.close())
      const publicPort = await server.listen(address, port)
      closer.defer(() => drain(server, tunnel, limits))
      closer.defer(() => service.health.startStopping())
      closer.defer(() => discovery.stop())
      await discovery.start({
        appname: name,
        hostname: advertisedHost(address, config.eureka.instance.hostname),
        nonSecurePort: publicPort,
        metadataMap: { 'management.port': new URL(managementUrl).port },
      })
      const url = `http://${address.includes(':') ? `[${address}]` : address}:${publicPort}`
      logger.info({ url, managementUrl, routes: routes.length }, 'service started')
      return url
    },
    stop: () => service.stop(),
  }
}

async function drain(server: PublicServer, tunnel: Tunnel, limits: Config['gateway']): Promise<void> {
  await Promise.all([server.stop(limits.stopGraceMs), tunnel.close(limits.sockets.stopGraceMs)])
}
