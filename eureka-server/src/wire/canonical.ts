import type { InstanceInfo, Lease, Port } from '../registry/instance.ts'

// Java clients refuse a whole answer for one member that they do not know, a missing list or a number where text is
// usual. So members, their order and their types are exactly those of Netflix's server (specification, section 4).

export type WireObject = { [member: string]: WireValue }
export type WireValue = string | number | undefined | WireObject | WireObject[]

const EMPTY_METADATA = { '@class': 'java.util.Collections$EmptyMap' }

/** An instance with every member that Netflix's server sends, in its order. */
export function canonicalInstance({ instance, ...lease }: Lease): WireObject {
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
      evictionTimestamp: lease.evictedAtMs,
      serviceUpTimestamp: lease.serviceUpAtMs,
    },
    metadata: Object.keys(instance.metadata).length > 0 ? instance.metadata : EMPTY_METADATA,
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

/** What an instance is when a client asks for little (X-Eureka-Accept: compact; specification, section 4.5). */
export function compactInstance({ instance, ...lease }: Lease): WireObject {
  return {
    instanceId: instance.instanceId,
    app: instance.app,
    ipAddr: instance.ipAddr,
    vipAddress: instance.vipAddress,
    secureVipAddress: instance.secureVipAddress,
    dataCenterInfo: compactDataCenterOf(instance.dataCenterInfo),
    hostName: instance.hostName,
    status: lease.status,
    lastUpdatedTimestamp: lease.lastUpdatedAtMs,
    actionType: lease.actionType,
    asgName: instance.asgName,
    port: portOf(instance.port),
    securePort: portOf(instance.securePort),
  }
}

function portOf({ number, enabled }: Port): WireObject {
  return { $: number, '@enabled': String(enabled) }
}

function dataCenterOf({ name, metadata }: InstanceInfo['dataCenterInfo']): WireObject {
  if (name === 'Amazon') return { '@class': 'com.netflix.appinfo.AmazonInfo', name, metadata }
  return { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name }
}

const COMPACT_AMAZON_KEYS = ['instance-id', 'public-ipv4', 'public-hostname', 'local-ipv4', 'availability-zone']

function compactDataCenterOf(info: InstanceInfo['dataCenterInfo']): WireObject {
  const metadata = Object.fromEntries(Object.entries(info.metadata ?? {}).filter(([key]) => COMPACT_AMAZON_KEYS.includes(key)))
  return dataCenterOf({ ...info, metadata })
}
