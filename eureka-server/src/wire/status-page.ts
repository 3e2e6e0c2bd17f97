import type { InstanceInfo, Lease } from '../registry/instance.ts'
import { canonicalInstance, type WireObject } from './canonical.ts'
import type { Format } from './format.ts'
import { xmlElement } from './xml-writer.ts'

/** What `GET status` tells. */
export interface StatusFacts {
  cpus: number
  memoryLimitBytes: number
  memoryUsedBytes: number
  uptimeMs: number
  /** The base addresses of the other registries. */
  peers: readonly { url: string; isReachable: boolean }[]
  /** This registry, as it would register. */
  self: InstanceInfo
  startedAtMs: number
}

const XML_ROOT = 'com.netflix.eureka.util.StatusInfo'
const MEBIBYTE = 1_048_576
const MINUTE_MS = 60_000

/**
 * The registry's own state in the form of Netflix's server. In JSON, where that one answers 500, its members stand without
 * a name around them, and `healthy` is false when there are peers and none can be reached.
 */
export function statusDocument(facts: StatusFacts, format: Format): string {
  const status = {
    generalStats: generalStats(facts),
    applicationStats: applicationStats(facts),
    instanceInfo: { ...canonicalInstance(leaseOf(facts)), actionType: undefined },
  }
  if (format.type === 'xml') return xmlElement(XML_ROOT, status).trimEnd()
  const { peers } = facts
  return JSON.stringify({ ...status, healthy: peers.length === 0 || peers.some(({ isReachable }) => isReachable) })
}

function generalStats({ cpus, memoryLimitBytes, memoryUsedBytes, uptimeMs }: StatusFacts): WireObject {
  const percent = Math.round((100 * memoryUsedBytes) / memoryLimitBytes)
  return {
    'num-of-cpus': String(cpus),
    'total-avail-memory': mebibytes(memoryLimitBytes),
    'current-memory-usage': `${mebibytes(memoryUsedBytes)} (${percent}%)`,
    'server-uptime': uptimeText(uptimeMs),
  }
}

function applicationStats({ peers }: StatusFacts): WireObject {
  // Each address is followed by a comma, also the last.
  const list = (selected: StatusFacts['peers']) => selected.map(({ url }) => `${url},`).join('')
  return {
    'registered-replicas': list(peers),
    'available-replicas': list(peers.filter(({ isReachable }) => isReachable)),
    'unavailable-replicas': list(peers.filter(({ isReachable }) => !isReachable)),
  }
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MEBIBYTE)}mb`
}

/** `02:05`, `1 day 02:05`, `3 days 02:05`. */
function uptimeText(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS)
  const days = Math.floor(minutes / 1440)
  const clock = [Math.floor(minutes / 60) % 24, minutes % 60].map((part) => String(part).padStart(2, '0')).join(':')
  return days === 0 ? clock : `${days} ${days === 1 ? 'day' : 'days'} ${clock}`
}

/** It holds no lease with itself, so the times of one are 0. */
function leaseOf({ self, startedAtMs }: StatusFacts): Lease {
  return {
    instance: self,
    status: self.status,
    overriddenStatus: 'UNKNOWN',
    addedMetadata: {},
    actionType: 'ADDED',
    registeredAtMs: 0,
    lastRenewalAtMs: 0,
    evictedAtMs: 0,
    serviceUpAtMs: 0,
    lastUpdatedAtMs: startedAtMs,
  }
}
