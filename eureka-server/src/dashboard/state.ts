import type { PeerState } from '../peers/peer.ts'
import type { InstanceStatus } from '../registry/instance.ts'
import type { Registry } from '../registry/registry.ts'
import type { Preservation } from '../registry/self-preservation.ts'
import type { ServerFacts } from '../server-facts.ts'
import type { RecentChange } from './recent-changes.ts'

/** What somebody who looks at the dashboard may do. */
export interface Viewer {
  /** True: take instances out of service, restore and remove them. */
  mayAct: boolean
  /** True when signing in could help. */
  signIn: boolean
}

/** How self-preservation was configured. */
export interface PreservationSettings {
  isEnabled: boolean
  maxMs: number
}

/** What the page asks for every few seconds: everything that it does not learn from the instances. */
export interface DashboardState {
  nowMs: number
  /** Where Eureka's addresses are, relative to the page's scripts. */
  eurekaUrl: string
  server: ServerFacts & { watchers: number }
  preservation: Preservation & PreservationSettings
  peers: PeerState[]
  changes: RecentChange[]
  viewer: Viewer
}

/** An instance's id, when it last renewed its lease (ms), and the status that it last gave itself. */
export type LeaseRow = [instanceId: string, lastRenewalAtMs: number, ownStatus: InstanceStatus]

/** Leases of some applications, by name. */
export interface DashboardLeases {
  nowMs: number
  applications: Record<string, LeaseRow[]>
}

/** The renewals of the named applications that are known, `maxLeases` in all. */
export function leasesOf(registry: Registry, names: readonly string[], maxLeases: number): DashboardLeases['applications'] {
  const applications = new Map<string, LeaseRow[]>()
  let left = maxLeases
  for (const name of names) {
    const application = registry.application(name)
    if (!application) continue
    const leases = application.leases.values().take(left)
    const rows = Array.from(leases, ({ instance, lastRenewalAtMs }): LeaseRow => [instance.instanceId, lastRenewalAtMs, instance.status])
    applications.set(name, rows)
    left -= rows.length
  }
  return Object.fromEntries(applications)
}

/** A peer as it may be shown: the address without the password that may be in it. */
export function shownPeer(peer: PeerState): PeerState {
  const url = URL.parse(peer.url)
  if (!url) return { ...peer, url: 'no address' }
  url.username = ''
  url.password = ''
  return { ...peer, url: url.href }
}
