import { type Check, flag, isRecord, listMap, listOf, name, type OptionTable, oneOf, seconds, text } from './option-checks.ts'

/** Base URLs of the registry by zone, each list an array or a text with commas; a URL may hold `user:password@`. */
export type ServiceUrls = Readonly<Record<string, string | readonly string[]>>

/** What Spring has under `eureka.client.*`, with its defaults. Times are in seconds, fractions too. */
export interface ClientSettings {
  /** Default true. False: `start` does nothing and nobody is ever found. */
  enabled: boolean
  /** Default `{ defaultZone: 'http://localhost:8761/eureka/' }`. A function is asked again now and then, e.g. for DNS. */
  serviceUrl: ServiceUrls | (() => ServiceUrls | Promise<ServiceUrls>)
  /** Default 300: how often `serviceUrl` is asked again when it is a function. */
  eurekaServiceUrlPollIntervalSeconds: number
  /** Default true: be found. */
  registerWithEureka: boolean
  /** Default true: find others. */
  fetchRegistry: boolean
  /** Default 30: pause between fetches. There are none while changes are pushed. */
  registryFetchIntervalSeconds: number
  /** Default 30: pause between health checks; its half is the pause between status changes that are told at once. */
  instanceInfoReplicationIntervalSeconds: number
  /** Default 5; an answer must begin within this and the next together. */
  eurekaServerConnectTimeoutSeconds: number
  /** Default 8: also the longest silence within an answer. */
  eurekaServerReadTimeoutSeconds: number
  /** Default true: servers of the own zone are asked first. */
  preferSameZoneEureka: boolean
  /** Default `us-east-1`. */
  region: string
  /** Default `{}`: the zones of each region in the order in which their servers are asked. */
  availabilityZones: Readonly<Record<string, string | readonly string[]>>
  /** Default true: only instances that are UP are given out. */
  filterOnlyUpInstances: boolean
  /** Default false: ask for what changed instead of everything. */
  disableDelta: boolean
  /** Default true: answers may come compressed. */
  gZipContent: boolean
  /** Default true: `stop` deregisters. */
  shouldUnregisterOnShutdown: boolean
  /** Default false. True: `start` rejects when the first registration fails. */
  shouldEnforceRegistrationAtInit: boolean
  /** Default empty: only instances of this VIP address are fetched. They are polled, as no server pushes them. */
  registryRefreshSingleVipAddress: string
  /** Default true: a changed status or metadata is told at once, else with the next renewal. */
  onDemandUpdateStatusChange: boolean
  /** Default true: changes are pushed by servers that can, others are polled. `long-poll` where a proxy holds streams back. */
  push: boolean | 'long-poll'
}

export type ClientOptions = { [K in keyof ClientSettings]?: ClientSettings[K] | undefined }

const DEFAULT_ZONE = 'http://localhost:8761/eureka/'

export const CLIENT_OPTIONS: OptionTable<ClientSettings> = {
  enabled: { fallback: true, check: flag },
  serviceUrl: { fallback: { defaultZone: DEFAULT_ZONE }, check: serviceUrlCheck },
  eurekaServiceUrlPollIntervalSeconds: { fallback: 300, check: seconds },
  registerWithEureka: { fallback: true, check: flag },
  fetchRegistry: { fallback: true, check: flag },
  registryFetchIntervalSeconds: { fallback: 30, check: seconds },
  instanceInfoReplicationIntervalSeconds: { fallback: 30, check: seconds },
  eurekaServerConnectTimeoutSeconds: { fallback: 5, check: seconds },
  eurekaServerReadTimeoutSeconds: { fallback: 8, check: seconds },
  preferSameZoneEureka: { fallback: true, check: flag },
  region: { fallback: 'us-east-1', check: name },
  availabilityZones: { fallback: {}, check: listMap },
  filterOnlyUpInstances: { fallback: true, check: flag },
  disableDelta: { fallback: false, check: flag },
  gZipContent: { fallback: true, check: flag },
  shouldUnregisterOnShutdown: { fallback: true, check: flag },
  shouldEnforceRegistrationAtInit: { fallback: false, check: flag },
  registryRefreshSingleVipAddress: { fallback: '', check: text },
  onDemandUpdateStatusChange: { fallback: true, check: flag },
  push: { fallback: true, check: oneOf(true, false, 'long-poll') },
}

function serviceUrlCheck(value: unknown): string | undefined {
  return typeof value === 'function' ? undefined : problemWithServiceUrls(value)
}

/** What is wrong with base URLs by zone; credentials are not repeated. */
export const problemWithServiceUrls: Check = (value) => {
  const problem = isRecord(value)
    ? listMap(value)
    : 'must be an object of URLs by zone, e.g. { defaultZone: "http://localhost:8761/eureka/" }'
  if (problem !== undefined) return problem
  const urls = Object.values(value as ServiceUrls).flatMap(listOf) // listMap has just said so
  if (urls.length === 0)
    return "has no address of the registry; give its URL under defaultZone, or leave serviceUrl out for Spring's default"
  const bad = urls.filter((url) => !/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
  if (bad.length === 0) return undefined
  return `has addresses of the registry that are no http or https URL: ${bad.map((url) => `"${url.replace(/\/\/[^@/]*@/, '//')}"`).join(', ')}`
}

/** The zones of the client's region, in order; empty when none are configured. */
export function zonesOf({ availabilityZones, region }: Pick<ClientSettings, 'availabilityZones' | 'region'>): string[] {
  return listOf(availabilityZones[region] ?? [])
}
