export type InstanceStatus = 'UP' | 'DOWN' | 'STARTING' | 'OUT_OF_SERVICE' | 'UNKNOWN'

/** A running instance of an application, as the registry tells of it. */
export interface Instance {
  instanceId: string
  /** In upper case, as the registry keeps it. */
  appName: string
  host: string
  /** 0 when the registry tells none that can be used; such an instance is never given out by `pick` or `instances`. */
  port: number
  /** Base URL without a slash at its end, e.g. `http://127.0.0.1:8081`; https when the secure port is enabled. */
  url: string
  status: InstanceStatus
  metadata: Record<string, string>
  /** From the metadata, or Amazon's. */
  zone?: string
  ipAddress?: string
  /** What an operator set; undefined when nothing. */
  overriddenStatus?: InstanceStatus
  /** One, or several with commas. */
  vipAddress?: string
  secureVipAddress?: string
  appGroupName?: string
  asgName?: string
  homePageUrl?: string
  statusPageUrl?: string
  healthCheckUrl?: string
  secureHealthCheckUrl?: string
}

/** Members of the wire that are passed on as they are, by our name and Eureka's. */
const PLAIN_MEMBERS = [
  ['ipAddress', 'ipAddr'],
  ['vipAddress', 'vipAddress'],
  ['secureVipAddress', 'secureVipAddress'],
  ['appGroupName', 'appGroupName'],
  ['asgName', 'asgName'],
  ['homePageUrl', 'homePageUrl'],
  ['statusPageUrl', 'statusPageUrl'],
  ['healthCheckUrl', 'healthCheckUrl'],
  ['secureHealthCheckUrl', 'secureHealthCheckUrl'],
] as const

/**
 * An instance in a registry's JSON; undefined when it is none. Takes what Eureka servers of all ages send: numbers and
 * flags as text, bare ports, statuses in any case. `application` is the name of the application around it.
 */
export function parseInstance(value: unknown, application?: string): Instance | undefined {
  if (!isObject(value)) return undefined
  const host = textOf(value.hostName) ?? textOf(value.ipAddr)
  const appName = textOf(value.app) ?? application
  const instanceId = textOf(value.instanceId) ?? amazonOf(value.dataCenterInfo, 'instance-id') ?? host
  if (host === undefined || appName === undefined || instanceId === undefined) return undefined
  const secure = isObject(value.securePort) && String(value.securePort['@enabled']) === 'true'
  const port = parsePort(secure ? value.securePort : value.port)
  const metadata = parseMetadata(value.metadata)
  const zone = metadata.zone ?? amazonOf(value.dataCenterInfo, 'availability-zone')
  const override = parseStatus(value.overriddenStatus ?? value.overriddenstatus)
  const instance: Instance = {
    instanceId,
    appName: appName.toUpperCase(),
    host,
    port,
    url: baseUrl(host, port, secure),
    status: parseStatus(value.status),
    metadata,
    ...(zone === undefined ? {} : { zone }),
    ...(override === 'UNKNOWN' ? {} : { overriddenStatus: override }),
  }
  for (const [ours, theirs] of PLAIN_MEMBERS) {
    const member = textOf(value[theirs])
    if (member !== undefined) instance[ours] = member
  }
  return instance
}

/** True when two say the same about an instance. */
export function isSameInstance(one: Instance, other: Instance): boolean {
  if (one.port !== other.port || one.status !== other.status || one.url !== other.url) return false
  if (one.zone !== other.zone || one.overriddenStatus !== other.overriddenStatus || one.host !== other.host) return false
  if (PLAIN_MEMBERS.some(([member]) => one[member] !== other[member])) return false
  const keys = Object.keys(one.metadata)
  return keys.length === Object.keys(other.metadata).length && keys.every((key) => one.metadata[key] === other.metadata[key])
}

/** Base URL of a host, which may be an IPv6 address, without a slash at its end. */
export function baseUrl(host: string, port: number, secure: boolean): string {
  return `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function parsePort(value: unknown): number {
  const port = Number(isObject(value) ? value.$ : value)
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : 0
}

function parseStatus(value: unknown): InstanceStatus {
  const status = typeof value === 'string' ? value.toUpperCase() : ''
  switch (status) {
    case 'UP':
    case 'DOWN':
    case 'STARTING':
    case 'OUT_OF_SERVICE':
      return status
    default:
      return 'UNKNOWN'
  }
}

function parseMetadata(value: unknown): Record<string, string> {
  if (!isObject(value)) return {}
  // '@class' is the marker that Java puts where the metadata is empty.
  const entries = Object.entries(value).filter(([key, entry]) => key !== '@class' && entry !== null)
  return Object.fromEntries(entries.map(([key, entry]) => [key, String(entry)]))
}

function amazonOf(dataCenterInfo: unknown, key: string): string | undefined {
  return isObject(dataCenterInfo) && isObject(dataCenterInfo.metadata) ? textOf(dataCenterInfo.metadata[key]) : undefined
}
