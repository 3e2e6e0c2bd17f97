import { Gauge, type Metrics, type Service } from '@order-flow/service-kit'
import type { Config } from './config.ts'
import { createRegistry, type Registry } from './registry.ts'
import { addRoutes } from './routes.ts'
import { startSweeper } from './sweeper.ts'

export { Config } from './config.ts'

/** Name under which the service asks for its configuration. */
export const name = 'eureka-server'

/** Makes the registry: who is alive and where, over the Eureka protocol. It does not register itself. */
export function createApp(service: Service<Config>): { start(): Promise<string>; stop(): Promise<void> } {
  const { config, logger } = service
  const registry = createRegistry(config.eureka.server.maxInstances)
  addRoutes(service.http, { registry, logger, now: Date.now })
  countInstances(registry, service.metrics)

  async function start(): Promise<string> {
    const url = await service.listen()
    service.closer.defer(startSweeper(registry, config.eureka.server.evictionIntervalTimerInMs, { logger, now: Date.now }))
    logger.info({ url }, 'service started')
    return url
  }

  return { start, stop: service.stop }
}

function countInstances(registry: Registry, metrics: Metrics): void {
  new Gauge({
    name: 'eureka_server_instances',
    help: 'Registered instances by application and status.',
    labelNames: ['application', 'status'],
    registers: [metrics.registry],
    collect() {
      this.reset()
      for (const app of registry.applications()) {
        for (const { status } of registry.leasesOf(app)) this.inc({ application: app, status })
      }
    },
  })
}
