import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import type { InstanceStatus } from '../registry/instance.ts'
import { type Check, flag, isRecord, name, type OptionTable, oneOf, port, seconds, text, textMap } from './option-checks.ts'

/** Where an instance runs. On Amazon `metadata` has `instance-id`, `availability-zone` and their like. */
export interface DataCenterInfo {
  name: 'MyOwn' | 'Amazon' | 'Netflix'
  metadata?: Readonly<Record<string, string>>
}

/** What Spring has under `eureka.instance.*`, with its defaults. Times are in seconds, fractions too. */
export interface InstanceSettings {
  /** Name by which others find it, e.g. `order-service`. Default `unknown`, as in Spring. */
  appname: string
  /** Default `host:app:port`. */
  instanceId: string
  /** Host that others reach it by. Default: this machine's name. */
  hostname: string
  /** Default: `hostname` when it is an address, else this machine's first IPv4 address. */
  ipAddress: string
  /** Default false. True: `ipAddress` is also the host. */
  preferIpAddress: boolean
  /** Default 80. */
  nonSecurePort: number
  /** Default true. */
  nonSecurePortEnabled: boolean
  /** Default 443. */
  securePort: number
  /** Default false. True: others reach it by https, at `securePort`. */
  securePortEnabled: boolean
  /** Default 30. The registry is told whole seconds, rounded up. */
  leaseRenewalIntervalInSeconds: number
  /** Default 90: how long the registry keeps the instance without a renewal. */
  leaseExpirationDurationInSeconds: number
  /** Default UP. */
  initialStatus: InstanceStatus
  /** Default `{}`. `zone` is the instance's zone, and the client's: it must be there when the client is made. */
  metadataMap: Readonly<Record<string, string>>
  /** Default `/`; `homePageUrl` (a whole URL) wins. So with the next two. */
  homePageUrlPath: string
  homePageUrl: string
  /** Default `/actuator/info`. */
  statusPageUrlPath: string
  statusPageUrl: string
  /** Default `/actuator/health`. */
  healthCheckUrlPath: string
  healthCheckUrl: string
  /** Default none. */
  secureHealthCheckUrl: string
  /** VIP address; Spring's discovery looks instances up by it. Default `appname`. */
  virtualHostName: string
  /** Default `appname`. */
  secureVirtualHostName: string
  /** Default none. */
  appGroupName: string
  /** Default none: auto scaling group on Amazon. */
  asgName: string
  /** Default `{ name: 'MyOwn' }`. */
  dataCenterInfo: DataCenterInfo
}

export type InstanceOptions = { [K in keyof InstanceSettings]?: InstanceSettings[K] | undefined }

const dataCenter: Check = (value) => {
  if (!isRecord(value)) return 'must be an object, e.g. { name: "MyOwn" }'
  const problem = oneOf('MyOwn', 'Amazon', 'Netflix')(value.name)
  if (problem) return `has a name that ${problem}`
  return value.metadata === undefined || textMap(value.metadata) === undefined ? undefined : 'has metadata whose values are not text'
}

const nothing = { fallback: '', check: text }

export const INSTANCE_OPTIONS: OptionTable<InstanceSettings> = {
  appname: { fallback: 'unknown', check: name },
  instanceId: nothing,
  hostname: nothing,
  ipAddress: nothing,
  preferIpAddress: { fallback: false, check: flag },
  nonSecurePort: { fallback: 80, check: port },
  nonSecurePortEnabled: { fallback: true, check: flag },
  securePort: { fallback: 443, check: port },
  securePortEnabled: { fallback: false, check: flag },
  leaseRenewalIntervalInSeconds: { fallback: 30, check: seconds },
  leaseExpirationDurationInSeconds: { fallback: 90, check: seconds },
  initialStatus: { fallback: 'UP', check: oneOf('UP', 'DOWN', 'STARTING', 'OUT_OF_SERVICE', 'UNKNOWN') },
  metadataMap: { fallback: {}, check: textMap },
  homePageUrlPath: { fallback: '/', check: text },
  homePageUrl: nothing,
  statusPageUrlPath: { fallback: '/actuator/info', check: text },
  statusPageUrl: nothing,
  healthCheckUrlPath: { fallback: '/actuator/health', check: text },
  healthCheckUrl: nothing,
  secureHealthCheckUrl: nothing,
  virtualHostName: nothing,
  secureVirtualHostName: nothing,
  appGroupName: nothing,
  asgName: nothing,
  dataCenterInfo: { fallback: { name: 'MyOwn' }, check: dataCenter },
}

/** Fills in what follows from other options or from this machine: host, addresses, id, VIP addresses. */
export function completeInstance(settings: InstanceSettings): InstanceSettings {
  const ipAddress = settings.ipAddress || (isIP(settings.hostname) ? settings.hostname : machineAddress())
  const host = settings.preferIpAddress ? ipAddress : settings.hostname || hostname()
  const listening = settings.nonSecurePortEnabled ? settings.nonSecurePort : settings.securePort
  return {
    ...settings,
    ipAddress,
    hostname: host,
    instanceId: settings.instanceId || `${host}:${settings.appname}:${listening}`,
    virtualHostName: settings.virtualHostName || settings.appname,
    secureVirtualHostName: settings.secureVirtualHostName || settings.appname,
  }
}

/** This machine's first address that is not the loopback's, IPv4 before IPv6. */
function machineAddress(): string {
  const addresses = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter((each) => !each.internal)
  return (addresses.find((each) => each.family === 'IPv4') ?? addresses[0])?.address ?? '127.0.0.1'
}
