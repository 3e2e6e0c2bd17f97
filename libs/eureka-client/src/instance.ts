export type InstanceStatus = 'UP' | 'DOWN' | 'STARTING' | 'OUT_OF_SERVICE' | 'UNKNOWN'

/** A running instance of an application, as the registry tells of it. */
export interface Instance {
  instanceId: string
  /** In upper case, as the registry keeps it. */
  appName: string
  host: string
  port: number
  /** Base URL without a slash at its end, e.g. `http://127.0.0.1:8081`. */
  url: string
  status: InstanceStatus
  metadata: Record<string, string>
  zone?: string
}

/** What a service says about itself when it registers. */
export interface Registration {
  /** Name by which others find it, e.g. `order-service`. */
  appName: string
  host: string
  port: number
  metadata: Record<string, string>
  /** True when the port speaks HTTPS. Default: false. */
  secure?: boolean
}

export interface LeaseTimes {
  renewalIntervalMs: number
  leaseDurationMs: number
}

/** The id that the instance is registered under, in Spring's form: `host:app:port`. */
export function instanceIdOf({ host, appName, port }: Registration): string {
  return `${host}:${appName}:${port}`
}

/** The body that registers an instance as UP, in Eureka's JSON. Eureka counts in whole seconds; times are rounded up. */
export function registrationBody(registration: Registration, times: LeaseTimes, nowMs: number): { instance: Record<string, unknown> } {
  const { appName, host, port, metadata, secure = false } = registration
  const url = baseUrl(host, port, secure)
  const timestamp = String(nowMs)
  return {
    instance: {
      instanceId: instanceIdOf(registration),
      hostName: host,
      app: appName.toUpperCase(),
      ipAddr: host,
      status: 'UP',
      overriddenStatus: 'UNKNOWN',
      port: { $: secure ? 80 : port, '@enabled': String(!secure) },
      securePort: { $: secure ? port : 443, '@enabled': String(secure) },
      countryId: 1,
      dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
      leaseInfo: {
        renewalIntervalInSecs: Math.ceil(times.renewalIntervalMs / 1000),
        durationInSecs: Math.ceil(times.leaseDurationMs / 1000),
      },
      metadata,
      homePageUrl: `${url}/`,
      statusPageUrl: `${url}/actuator/info`,
      healthCheckUrl: `${url}/actuator/health`,
      // Spring's discovery looks instances up by this address, not by the application's name.
      vipAddress: appName,
      secureVipAddress: appName,
      isCoordinatingDiscoveryServer: 'false',
      lastUpdatedTimestamp: timestamp,
      lastDirtyTimestamp: timestamp,
    },
  }
}

/**
 * The instances in a registry's answer to `GET apps/`. Takes what Eureka servers of all ages send: a single object where
 * a list is usual, numbers as text. What is not an instance is left out.
 * Errors: a plain Error when it is no registry's answer at all.
 */
export function parseApplications(body: unknown): Instance[] {
  if (!isObject(body) || !isObject(body.applications)) throw new Error('the answer is not a list of applications')
  return listOf(body.applications.application)
    .flatMap((application) => (isObject(application) ? listOf(application.instance) : []))
    .flatMap((instance) => parseInstance(instance) ?? [])
}

function parseInstance(value: unknown): Instance | undefined {
  if (!isObject(value) || typeof value.hostName !== 'string' || typeof value.app !== 'string') return undefined
  const secure = isObject(value.securePort) && String(value.securePort['@enabled']) === 'true'
  const portMember = secure ? value.securePort : value.port
  const port = Number(isObject(portMember) ? portMember.$ : portMember)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined
  const metadata = parseMetadata(value.metadata)
  const zone = metadata.zone ?? amazonZoneOf(value.dataCenterInfo)
  return {
    instanceId: typeof value.instanceId === 'string' && value.instanceId ? value.instanceId : value.hostName,
    appName: value.app.toUpperCase(),
    host: value.hostName,
    port,
    url: baseUrl(value.hostName, port, secure),
    status: parseStatus(value.status),
    metadata,
    ...(zone === undefined ? {} : { zone }),
  }
}

function parseStatus(value: unknown): InstanceStatus {
  switch (value) {
    case 'UP':
    case 'DOWN':
    case 'STARTING':
    case 'OUT_OF_SERVICE':
      return value
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

function amazonZoneOf(dataCenterInfo: unknown): string | undefined {
  const metadata = isObject(dataCenterInfo) ? dataCenterInfo.metadata : undefined
  const zone = isObject(metadata) ? metadata['availability-zone'] : undefined
  return typeof zone === 'string' ? zone : undefined
}

function baseUrl(host: string, port: number, secure: boolean): string {
  return `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : isObject(value) ? [value] : []
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
