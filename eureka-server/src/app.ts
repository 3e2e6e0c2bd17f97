import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { advertisedHost, Counter, type Service, takeRequests } from '@order-flow/service-kit'
import { type Config, type ServerSettings, timingOf } from './config.ts'
import { addDashboard, DASHBOARD_DATA, type DashboardParts } from './dashboard/dashboard.ts'
import { createRecentChanges } from './dashboard/recent-changes.ts'
import { shownPeer, type Viewer } from './dashboard/state.ts'
import { createLeaseStore } from './durable/lease-store.ts'
import { openStore } from './durable/open-store.ts'
import { startRecorder } from './durable/recorder.ts'
import { type Recovery, restoreLeases } from './durable/recovery.ts'
import { loadAccounts, needsAccounts } from './guard/accounts.ts'
import { type Audit, createAudit } from './guard/audit.ts'
import { createGuard, type Guard } from './guard/guard.ts'
import { guardPages } from './guard/pages.ts'
import { addressesOf } from './http/addresses.ts'
import { createProtocol } from './http/protocol.ts'
import { createPush } from './http/push.ts'
import { createReads } from './http/reads.ts'
import { createWrites, type LocalChange } from './http/writes.ts'
import { measureAnswers, measureRegistry } from './metrics.ts'
import { copyFromPeers } from './peers/initial-sync.ts'
import { type PeerAddress, peerAddressesIn } from './peers/peer-address.ts'
import { createPeers, NO_PEERS, type Peers } from './peers/peers.ts'
import { createReplicatedChanges } from './peers/replicated-changes.ts'
import { registerSelf, type SelfParts } from './peers/self.ts'
import { createChangeLog } from './registry/change-log.ts'
import { createNetflixEviction } from './registry/netflix-eviction.ts'
import { createRegistry, type Registry } from './registry/registry.ts'
import { createSelfPreservation, type SelfPreservation } from './registry/self-preservation.ts'
import { startSweeper } from './registry/sweeper.ts'
import { createServerFacts } from './server-facts.ts'
import { createListings } from './wire/listings.ts'

export { Config } from './config.ts'

/** Name under which the service asks for its configuration. */
export const name = 'eureka-server'

const PRESERVATION_WINDOW_MS = 60_000
const MAX_RECENT_CHANGES = 1000
const REQUESTS_PER_SECOND = 2000
const now = Date.now

/** Makes the registry: who is alive and where, over the Eureka protocol. It lists itself only when it has peers. */
export function createApp(service: Service<Config>): { start(): Promise<string>; stop(): Promise<void> } {
  const { config, logger, closer, metrics } = service
  const settings = config.eureka.server
  const { evictionIntervalMs, responseCacheMs } = timingOf(settings)
  const registry = createRegistry(settings)
  const changes = createChangeLog(registry, { keepMs: settings.retentionTimeInMSInDeltaQueue, maxChanges: 2 * settings.maxInstances, now })
  const listings = createListings({ registry, changes, maxAgeMs: responseCacheMs, now })
  const push = createPush({ registry, changes, listings, maxWatchers: settings.maxWatchers, maxLagMs: settings.maxWatcherLagMs, now })
  const preservation = createPreservation(registry, settings)
  let peers: Peers = NO_PEERS
  let unheard = () => 0
  const tellPeers = (change: LocalChange) => peers.tell(change)

  const audit = createAudit(logger, now)
  const guard = openGuard(service, audit)
  const facts = createServerFacts(service, now)
  const routes = addressesOf({
    reads: createReads({ registry, listings, isDeltaDisabled: settings.disableDelta }),
    writes: createWrites({ registry, tellPeers, audit, now }),
    push,
    applyChanges: createReplicatedChanges({ registry, audit, logger, now }),
    status: () => facts.status(peers.states().map(shownPeer)),
    now,
  })
  takeRequests(service.http, createProtocol({ routes, guard, logger, onAnswer: measureAnswers(metrics) }))
  guardPages(service.http, guard, DASHBOARD_DATA)
  const recentChanges = createRecentChanges(registry, MAX_RECENT_CHANGES)
  const look = (nowMs: number) => recentChanges.noteEvictions(preservation.look(nowMs))
  openDashboard(service, guard, {
    registry,
    recentChanges,
    preservation: preservationFacts(preservation, settings),
    facts: facts.server,
    watchers: push.watchers,
    peers: () => peers.states(),
    now,
  })
  measureRegistry(metrics, {
    registry,
    push,
    peers: { ...NO_PEERS, states: () => peers.states() },
    preservation,
    unheard: () => unheard(),
  })
  service.health.add('registry', async () => ({ instances: registry.size(), recovering: unheard() > 0, unheard: unheard() }))

  async function start(): Promise<string> {
    const addresses = await peersOf(service)
    await recall(addresses)
    const options = {
      timeoutMs: settings.peerNodeReadTimeoutMs,
      maxQueued: settings.maxElementsInPeerReplicationPool,
      maxAgeMs: settings.maxTimeForReplication,
    }
    peers = createPeers({ addresses, registry, options, logger, now })
    const url = await service.listen()
    closer.defer(() => peers.stop())
    closer.defer(startSweeper(evictionIntervalMs, { registry, look, logger, now }))
    closer.defer(push.stop)
    if (config.eureka.client.registerWithEureka ?? addresses.length > 0) closer.defer(listSelf(service, url, { registry, tellPeers, now }))
    logger.info({ url, peers: addresses.map((address) => address.url), restored: registry.size() }, 'service started')
    return url
  }

  /** Fills the registry with what it last knew, and with what a peer knows, which is newer. */
  async function recall(addresses: readonly PeerAddress[]): Promise<void> {
    const recovery = settings.durable ? await restore(service, registry) : undefined
    if (recovery) unheard = recovery.unheard
    const known = config.eureka.client.fetchRegistry ? await copyFromPeers(addresses, { registry, logger, now }) : undefined
    if (known) recovery?.keepOnly(known, now())
  }

  return { start, stop: service.stop }
}

/** Restores what is on disk, and from then on keeps every change there. Undefined when nothing can be kept. */
async function restore({ dataDir, logger, closer }: Service<Config>, registry: Registry): Promise<Recovery | undefined> {
  const db = await openStore(join(dataDir, 'registry.db'), logger)
  if (!db) return undefined
  closer.defer(() => db.close())
  const store = createLeaseStore(db)
  const recovery = await restoreLeases(registry, store, { nowMs: now(), logger })
  const recorder = startRecorder({ registry, store, logger })
  closer.defer(() => recorder.stop())
  return recovery
}

function createPreservation(registry: Registry, settings: ServerSettings): SelfPreservation {
  const { enableSelfPreservation: isEnabled, renewalPercentThreshold: threshold } = settings
  if (settings.compatibility === 'netflix') {
    return createNetflixEviction(registry, { isEnabled, threshold, expectedIntervalSecs: settings.expectedClientRenewalIntervalSeconds })
  }
  return createSelfPreservation(registry, { isEnabled, threshold, windowMs: PRESERVATION_WINDOW_MS, maxMs: settings.selfPreservationMaxMs })
}

function peersOf({ config }: Service<Config>): Promise<PeerAddress[]> {
  const host = advertisedHost(config.server.address, config.eureka.instance.hostname)
  return peerAddressesIn(config.eureka.client.serviceUrl.defaultZone, { myUrl: config.eureka.server.myUrl, host, port: config.server.port })
}

function listSelf({ config }: Service<Config>, url: string, parts: SelfParts): () => void {
  const { appname, hostname, leaseRenewalIntervalInSeconds, leaseExpirationDurationInSeconds } = config.eureka.instance
  const description = {
    appName: appname,
    host: advertisedHost(config.server.address, hostname),
    port: Number(new URL(url).port),
    renewalIntervalSecs: leaseRenewalIntervalInSeconds,
    durationSecs: leaseExpirationDurationInSeconds,
  }
  return registerSelf(description, parts)
}

/** Decides who may ask what. Errors: `invalid` when the accounts cannot be used or are missing where others can reach us. */
function openGuard({ config, dataDir, logger, metrics }: Service<Config>, audit: Audit): Guard {
  const { security } = config.eureka.server
  const isOn = needsAccounts(security, config.server.address)
  const refusals = new Counter({
    name: 'eureka_server_refusals_total',
    help: 'Requests that were not served, by reason.',
    labelNames: ['reason'],
    registers: [metrics.registry],
  })
  return createGuard({
    accounts: isOn ? loadAccounts(security, config.spring.security, { file: join(dataDir, 'accounts.json'), logger }) : undefined,
    anonymous: security.anonymous,
    hosts: security.hosts,
    requestsPerSecond: security.requestsPerSecond ?? (isOn ? REQUESTS_PER_SECOND : 0),
    burst: security.burst,
    failuresPerMinute: security.failuresPerMinute,
    audit,
    onRefusal: (reason) => refusals.inc({ reason }),
    now: Date.now,
  })
}

function openDashboard({ http, config }: Service<Config>, guard: Guard, parts: Omit<DashboardParts, 'viewerOf'>): void {
  const { enabled, path } = config.eureka.dashboard
  if (enabled) addDashboard(http, path, { ...parts, viewerOf: (request) => viewerOf(guard, request.raw) })
}

function preservationFacts(preservation: SelfPreservation, settings: ServerSettings): DashboardParts['preservation'] {
  const { enableSelfPreservation: isEnabled, selfPreservationMaxMs: maxMs } = settings
  return () => ({ ...preservation.state(), isEnabled, maxMs })
}

/** What the dashboard offers to whoever looks at it; its actions are those of the protocol. */
async function viewerOf(guard: Guard, request: IncomingMessage): Promise<Viewer> {
  const { rights, account } = await guard.rolesOf(request)
  const mayAct = rights.maySomewhere('override') && rights.maySomewhere('register')
  return { mayAct, signIn: !mayAct && account === undefined }
}
