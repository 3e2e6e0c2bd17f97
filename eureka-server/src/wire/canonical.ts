import type { InstanceInfo, Lease, Port } from './instance.ts'
import type { Registry } from './registry.ts'

// Java clients refuse a whole answer for one member that they do not know, a missing list or a number where text is
// usual. So members, their order and their types are exactly those of Netflix's server (specification, section 4).

/** `{"applications": ...}` with every instance. */
export function applicationsJson(registry: Registry): string {
  const application = registry.applications().map((app) => applicationOf(app, registry.leasesOf(app)))
  return JSON.stringify({ applications: { versions__delta: '1', apps__hashcode: hashCodeOf(registry), application } })
}

/** `{"application": ...}`. */
export function applicationJson(app: string, leases: readonly Lease[]): string {
  return JSON.stringify({ application: applicationOf(app, leases) })
}

/** `{"instance": ...}`. */
export function instanceJson(lease: Lease): string {
  return JSON.stringify({ instance: instanceOf(lease) })
}

/** Counts of instances by status, by which clients notice that they missed a change: `DOWN_1_UP_3_`. */
export function hashCodeOf(registry: Registry): string {
  const counts = new Map<string, number>()
  for (const app of registry.applications()) {
    for (const { status } of registry.leasesOf(app)) counts.set(status, (counts.get(status) ?? 0) + 1)
  }
  return [...counts.keys()]
    .sort()
    .map((status) => `${status}_${counts.get(status)}_`)
    .join('')
}

function applicationOf(name: string, leases: readonly Lease[]) {
  return { name, instance: leases.map(instanceOf) }
}

function instanceOf({ instance, ...lease }: Lease) {
  return {
    instanceId: instance.instanceId,
    hostName: instance.hostName,
    app: instance.app,
    ipAddr: instance.ipAddr,
    sid: instance.sid,
    status: lease.status,
    overriddenStatus: lease.overriddenStatus,
    port: portOf(instance.port),
    securePort: portOf(instance.securePort),
    countryId: instance.countryId,
    dataCenterInfo: dataCenterOf(instance.dataCenterInfo),
    leaseInfo: {
      renewalIntervalInSecs: instance.renewalIntervalSecs,
      durationInSecs: instance.durationSecs,
      registrationTimestamp: lease.registeredAtMs,
      lastRenewalTimestamp: lease.lastRenewalAtMs,
      evictionTimestamp: 0,
      serviceUpTimestamp: lease.serviceUpAtMs,
    },
    metadata: Object.keys(instance.metadata).length > 0 ? instance.metadata : { '@class': 'java.util.Collections$EmptyMap' },
    appGroupName: instance.appGroupName,
    homePageUrl: instance.homePageUrl,
    statusPageUrl: instance.statusPageUrl,
    healthCheckUrl: instance.healthCheckUrl,
    secureHealthCheckUrl: instance.secureHealthCheckUrl,
    vipAddress: instance.vipAddress,
    secureVipAddress: instance.secureVipAddress,
    isCoordinatingDiscoveryServer: String(instance.isCoordinatingDiscoveryServer),
    lastUpdatedTimestamp: String(lease.lastUpdatedAtMs),
    lastDirtyTimestamp: String(instance.lastDirtyTimestamp),
    actionType: lease.actionType,
    asgName: instance.asgName,
  }
}

function portOf({ number, enabled }: Port) {
  return { $: number, '@enabled': String(enabled) }
}

function dataCenterOf({ name, metadata }: InstanceInfo['dataCenterInfo']) {
  if (name === 'Amazon') return { '@class': 'com.netflix.appinfo.AmazonInfo', name, metadata }
  return { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name }
}
