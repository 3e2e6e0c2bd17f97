import type { DataCenterInfo, InstanceSettings } from '../options/instance-options.ts'
import { baseUrl, type InstanceStatus } from '../registry/instance.ts'

/** What the own instance says of itself now, beside its settings. */
export interface SelfState {
  status: InstanceStatus
  metadata: Readonly<Record<string, string>>
  /** When it last changed, ms; the registry takes the younger of two. */
  dirtyAtMs: number
}

/** The body that registers an instance, in Eureka's JSON as Java's servers write it: they refuse other types and names. */
export function registrationBody(settings: InstanceSettings, state: SelfState): { instance: Record<string, unknown> } {
  const { hostname, appname, securePort, nonSecurePort, securePortEnabled, nonSecurePortEnabled } = settings
  const timestamp = String(state.dirtyAtMs)
  return {
    instance: {
      instanceId: settings.instanceId,
      hostName: hostname,
      app: appname.toUpperCase(),
      ipAddr: settings.ipAddress,
      status: state.status,
      overriddenStatus: 'UNKNOWN',
      port: { $: nonSecurePort, '@enabled': String(nonSecurePortEnabled) },
      securePort: { $: securePort, '@enabled': String(securePortEnabled) },
      countryId: 1,
      dataCenterInfo: dataCenterBody(settings.dataCenterInfo),
      leaseInfo: {
        renewalIntervalInSecs: Math.ceil(settings.leaseRenewalIntervalInSeconds),
        durationInSecs: Math.ceil(settings.leaseExpirationDurationInSeconds),
      },
      metadata: state.metadata,
      ...filled({ appGroupName: settings.appGroupName.toUpperCase() }),
      ...pages(settings),
      vipAddress: settings.virtualHostName,
      secureVipAddress: settings.secureVirtualHostName,
      ...filled({ asgName: settings.asgName }),
      isCoordinatingDiscoveryServer: 'false',
      lastUpdatedTimestamp: timestamp,
      lastDirtyTimestamp: timestamp,
    },
  }
}

function pages(settings: InstanceSettings) {
  const { hostname, nonSecurePort, securePort, nonSecurePortEnabled } = settings
  const base = nonSecurePortEnabled ? baseUrl(hostname, nonSecurePort, false) : baseUrl(hostname, securePort, true)
  return {
    homePageUrl: settings.homePageUrl || `${base}${settings.homePageUrlPath}`,
    statusPageUrl: settings.statusPageUrl || `${base}${settings.statusPageUrlPath}`,
    healthCheckUrl: settings.healthCheckUrl || `${base}${settings.healthCheckUrlPath}`,
    ...filled({ secureHealthCheckUrl: settings.secureHealthCheckUrl }),
  }
}

// Java maps the marker to a class; the one for all that is not Amazon does not even exist there, but it must be told.
function dataCenterBody({ name, metadata }: DataCenterInfo): Record<string, unknown> {
  if (name !== 'Amazon') return { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name }
  return { '@class': 'com.netflix.appinfo.AmazonInfo', name, metadata: metadata ?? {} }
}

function filled(members: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== ''))
}
