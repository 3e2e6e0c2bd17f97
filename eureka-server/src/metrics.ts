import { Gauge, Histogram, type Metrics } from '@order-flow/service-kit'
import type { Push } from './http/push.ts'
import type { Peers } from './peers/peers.ts'
import type { Registry } from './registry/registry.ts'
import type { SelfPreservation } from './registry/self-preservation.ts'

export interface MeasuredParts {
  registry: Registry
  push: Push
  peers: Peers
  preservation: SelfPreservation
  /** Instances that were restored at the start and have not been heard since. */
  unheard(): number
}

/** Publishes what the registry holds and how it goes. */
export function measureRegistry(metrics: Metrics, { registry, push, peers, preservation, unheard }: MeasuredParts): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [metrics.registry],
      collect() {
        this.set(value())
      },
    })
  gauge('eureka_server_watchers', 'Open streams and waiting requests for changes.', () => push.watchers())
  gauge('eureka_server_renewals', 'Renewals since the start, those of peers included.', () => registry.renewals())
  gauge('eureka_server_unheard', 'Restored instances that have not been heard since the start.', unheard)
  gauge('eureka_server_self_preservation', '1 while nobody is evicted because too many are silent.', () =>
    Number(preservation.state().isActive),
  )
  countInstances(registry, metrics)
  measurePeers(peers, metrics)
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

function measurePeers(peers: Peers, metrics: Metrics): void {
  const measure = (name: string, help: string, read: (state: ReturnType<Peers['states']>[number]) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['peer'],
      registers: [metrics.registry],
      collect() {
        for (const state of peers.states()) this.set({ peer: state.url }, read(state))
      },
    })
  measure('eureka_server_peer_up', '1 when the peer took the last changes.', ({ isReachable }) => Number(isReachable))
  measure('eureka_server_peer_queue', 'Changes that wait for the peer.', ({ queued }) => queued)
  measure('eureka_server_peer_lag_seconds', 'How long the oldest of them has waited.', ({ lagMs }) => lagMs / 1000)
}

/** Answers the function that takes the time of each answer of the protocol. */
export function measureAnswers(metrics: Metrics) {
  const duration = new Histogram({
    name: 'eureka_server_requests_seconds',
    help: 'Time from a request to its answer, by address, method and status.',
    labelNames: ['method', 'address', 'status'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
    registers: [metrics.registry],
  })
  return (method: string, address: string, status: number, seconds: number) => duration.observe({ method, address, status }, seconds)
}
