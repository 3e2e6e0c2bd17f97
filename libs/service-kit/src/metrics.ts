import { collectDefaultMetrics, Registry } from 'prom-client'

export { Counter, Gauge, Histogram } from 'prom-client'

/** One service's numbers. Make metrics with `registers: [metrics.registry]`. */
export interface Metrics {
  registry: Registry
  /** Prometheus text: the service's own numbers and those of the process. */
  expose(): Promise<string>
}

// The process has one event loop and one heap, however many services share it.
let processRegistry: Registry | undefined

/** Makes an empty set of numbers labelled with the service's name. */
export function createMetrics(service: string): Metrics {
  if (!processRegistry) {
    processRegistry = new Registry()
    collectDefaultMetrics({ register: processRegistry })
  }
  const shared = processRegistry
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  return { registry, expose: async () => `${await registry.metrics()}\n${await shared.metrics()}` }
}
