import { Gauge, Histogram, type Metrics, type Service, takeRequests } from '@order-flow/service-kit'
import type { Config } from './config.ts'
import { addressesOf } from './http/addresses.ts'
import { createProtocol } from './http/protocol.ts'
import { createPush, type Push } from './http/push.ts'
import { createReads } from './http/reads.ts'
import { createWrites } from './http/writes.ts'
import { createReplicatedChanges } from './peers/replicated-changes.ts'
import { createChangeLog } from './registry/change-log.ts'
import { createRegistry, type Registry } from './registry/registry.ts'
import { createSelfPreservation } from './registry/self-preservation.ts'
import { startSweeper } from './registry/sweeper.ts'
import { createListings } from './wire/listings.ts'

export { Config } from './config.ts'

/** Name under which the service asks for its configuration. */
export const name = 'eureka-server'

const PRESERVATION_WINDOW_MS = 60_000

/** Makes the registry: who is alive and where, over the Eureka protocol. It does not register itself. */
export function createApp(service: Service<Config>): { start(): Promise<string>; stop(): Promise<void> } {
  const { logger } = service
  const settings = service.config.eureka.server
  const now = Date.now
  const registry = createRegistry(settings)
  const changes = createChangeLog(registry, { keepMs: settings.retentionTimeInMSInDeltaQueue, maxChanges: 2 * settings.maxInstances, now })
  const listings = createListings({ registry, changes, maxAgeMs: settings.responseCacheUpdateIntervalMs, now })
  const push = createPush({ registry, changes, listings, maxWatchers: settings.maxWatchers })
  const preservation = createSelfPreservation(registry, {
    isEnabled: settings.enableSelfPreservation,
    threshold: settings.renewalPercentThreshold,
    windowMs: PRESERVATION_WINDOW_MS,
    maxMs: settings.selfPreservationMaxMs,
  })
  const routes = addressesOf({
    reads: createReads({ registry, listings, isDeltaDisabled: settings.disableDelta }),
    writes: createWrites({ registry, replication: NO_PEERS, logger, now }),
    push,
    applyChanges: createReplicatedChanges({ registry, logger, now }),
    now,
  })
  takeRequests(service.http, createProtocol({ routes, logger, onAnswer: measureAnswers(service.metrics) }))
  countInstances(registry, service.metrics)
  countWatchers(push, service.metrics)

  async function start(): Promise<string> {
    const url = await service.listen()
    service.closer.defer(startSweeper(settings.evictionIntervalTimerInMs, { registry, look: preservation.look, logger, now }))
    service.closer.defer(push.stop)
    logger.info({ url }, 'service started')
    return url
  }

  return { start, stop: service.stop }
}

const NO_PEERS = { register() {}, heartbeat() {}, cancel() {}, overrideStatus() {}, removeOverride() {} }

function measureAnswers(metrics: Metrics) {
  const duration = new Histogram({
    name: 'eureka_server_requests_seconds',
    help: 'Time from a request to its answer, by address, method and status.',
    labelNames: ['method', 'address', 'status'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
    registers: [metrics.registry],
  })
  return (method: string, address: string, status: number, seconds: number) => duration.observe({ method, address, status }, seconds)
}

function countInstances(registry: Registry, metrics: Metrics): void {
  new Gauge({
    name: 'eureka_server_instances',
    help: 'Registered instances by application and status.',
    labelNames: ['application', 'status'],
    registers: [metrics.registry],
    collect() {
      this.reset()
      for (const { name, leases } of registry.applications()) {
        for (const { status } of leases.values()) this.inc({ application: name, status })
      }
    },
  })
}

function countWatchers(push: Push, metrics: Metrics): void {
  new Gauge({
    name: 'eureka_server_watchers',
    help: 'Open streams and waiting requests for changes.',
    registers: [metrics.registry],
    collect() {
      this.set(push.watchers())
    },
  })
}
