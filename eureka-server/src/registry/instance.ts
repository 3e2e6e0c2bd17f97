export const STATUSES = ['UP', 'DOWN', 'STARTING', 'OUT_OF_SERVICE', 'UNKNOWN'] as const
export type InstanceStatus = (typeof STATUSES)[number]

export interface Port {
  number: number
  enabled: boolean
}

/** An instance as it registered, in Eureka's terms. Optional members are absent when the client did not send them. */
export interface InstanceInfo {
  instanceId: string
  hostName: string
  /** In upper case. */
  app: string
  ipAddr: string
  sid?: string
  status: InstanceStatus
  /** UNKNOWN when the client knows of no override. */
  overriddenStatus: InstanceStatus
  port: Port
  securePort: Port
  countryId: number
  dataCenterInfo: { name: string; metadata?: Record<string, string> }
  renewalIntervalSecs: number
  durationSecs: number
  metadata: Record<string, string>
  appGroupName?: string
  homePageUrl?: string
  statusPageUrl?: string
  healthCheckUrl?: string
  secureHealthCheckUrl?: string
  vipAddress?: string
  secureVipAddress?: string
  asgName?: string
  isCoordinatingDiscoveryServer: boolean
  /** The client's clock when its data last changed, ms. Decides between two versions of the same instance. */
  lastDirtyTimestamp: number
}

/** An instance with what the registry knows about it. Times are ms since 1970. */
export interface Lease {
  instance: InstanceInfo
  /** The status that counts: what the instance says, unless an operator overrides it. */
  status: InstanceStatus
  /** UNKNOWN when there is no override. */
  overriddenStatus: InstanceStatus
  /** Metadata that was set over the REST interface, not by the instance itself. */
  addedMetadata: Readonly<Record<string, string>>
  actionType: 'ADDED' | 'MODIFIED' | 'DELETED'
  registeredAtMs: number
  lastRenewalAtMs: number
  /** When it was cancelled or evicted; 0 while it is registered. */
  evictedAtMs: number
  /** When it was first UP; 0 when never. */
  serviceUpAtMs: number
  lastUpdatedAtMs: number
}

/** Who asks for a change: a client of this registry, or a peer that tells of what its own clients asked for. */
export type Origin = 'client' | 'peer'

/** Names an instance in all of the registry. No part of it holds a line break: that is checked where it comes in. */
export function keyOf({ app, instanceId }: Pick<InstanceInfo, 'app' | 'instanceId'>): string {
  return `${app}\n${instanceId}`
}
