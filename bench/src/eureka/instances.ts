/** An instance that the benchmark registers. */
export interface BenchInstance {
  app: string
  id: string
  number: number
}

export interface Lease {
  renewalIntervalSecs: number
  durationSecs: number
}

/** Nobody renews the many while reads are measured; they must not end meanwhile. */
export const LONG_LEASE: Lease = { renewalIntervalSecs: 30, durationSecs: 7200 }

// The clock of the instances: all data of a run is of the same age.
const DIRTY_AT = 1_700_000_000_000
const PORT = 8080
const COUNT_DIGITS = 6

/** So many instances, `perApplication` in each application. */
export function benchInstances(count: number, perApplication: number): BenchInstance[] {
  return Array.from({ length: count }, (_instance, number) => benchInstance(`BENCH-${Math.floor(number / perApplication)}`, number))
}

export function benchInstance(app: string, number: number): BenchInstance {
  return { app, number, id: `${hostOf(number)}:${app.toLowerCase()}:${PORT}` }
}

/** What an ordinary Spring Boot service sends of itself. */
export function registrationOf({ app, id, number }: BenchInstance, lease: Lease): Record<string, unknown> {
  const host = hostOf(number)
  const name = app.toLowerCase()
  return {
    instanceId: id,
    hostName: host,
    app,
    ipAddr: `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
    status: 'UP',
    overriddenStatus: 'UNKNOWN',
    port: { $: PORT, '@enabled': 'true' },
    securePort: { $: 443, '@enabled': 'false' },
    countryId: 1,
    dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
    leaseInfo: { renewalIntervalInSecs: lease.renewalIntervalSecs, durationInSecs: lease.durationSecs },
    metadata: { 'management.port': String(PORT), zone: `zone-${number % 3}` },
    homePageUrl: `http://${host}:${PORT}/`,
    statusPageUrl: `http://${host}:${PORT}/actuator/info`,
    healthCheckUrl: `http://${host}:${PORT}/actuator/health`,
    vipAddress: name,
    secureVipAddress: name,
    isCoordinatingDiscoveryServer: 'false',
    lastUpdatedTimestamp: String(DIRTY_AT),
    lastDirtyTimestamp: String(DIRTY_AT),
  }
}

/** A heartbeat as a peer passes it on, in a batch. */
export function replicatedHeartbeat({ app, id }: BenchInstance): Record<string, unknown> {
  return { appName: app, id, lastDirtyTimestamp: DIRTY_AT, status: 'UP', action: 'Heartbeat' }
}

/** What the heartbeat of an instance says about it. */
export const HEARTBEAT_QUERY = `status=UP&lastDirtyTimestamp=${DIRTY_AT}`

function hostOf(number: number): string {
  return `host-${String(number).padStart(COUNT_DIGITS, '0')}.example`
}
