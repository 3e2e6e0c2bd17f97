import type { InstanceInfo } from './instance.ts'
import { createRegistry, type Registry, type RegistryLimits } from './registry.ts'

/** An instance of ORDERS with a lease of 15 s, for tests. */
export function anInstance(instanceId: string, changes: Partial<InstanceInfo> = {}): InstanceInfo {
  return {
    instanceId,
    hostName: '127.0.0.1',
    app: 'ORDERS',
    ipAddr: '127.0.0.1',
    status: 'UP',
    overriddenStatus: 'UNKNOWN',
    port: { number: 8081, enabled: true },
    securePort: { number: 443, enabled: false },
    countryId: 1,
    dataCenterInfo: { name: 'MyOwn' },
    renewalIntervalSecs: 5,
    durationSecs: 15,
    metadata: {},
    isCoordinatingDiscoveryServer: false,
    lastDirtyTimestamp: 1,
    ...changes,
  }
}

/** An empty registry with room for 1,000 instances, for tests. */
export function aRegistry(limits: Partial<RegistryLimits> = {}): Registry {
  return createRegistry({ maxInstances: 1000, maxInstancesPerApplication: 1000, ...limits })
}

/** The instances that a registry lists, as `APP/id`, sorted. */
export function listedIn(registry: Registry): string[] {
  return Array.from(registry.applications(), ({ name, leases }) => Array.from(leases.keys(), (id) => `${name}/${id}`))
    .flat()
    .sort()
}
