import type { InstanceInfo } from './instance.ts'

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
