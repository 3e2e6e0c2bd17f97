import type { ChangeLog } from '../registry/change-log.ts'
import { hashCodeOf } from '../registry/hash-code.ts'
import type { InstanceStatus, Lease } from '../registry/instance.ts'
import type { Application, Registry } from '../registry/registry.ts'
import type { Scope } from '../registry/scope.ts'
import { type Body, createBody, createPiece, type Piece } from './body.ts'
import type { Format } from './format.ts'
import { applicationText, type ListingFrame, listingFrame } from './listing.ts'

/**
 * Lists of applications, each written once for as long as nothing in it changes. With a scope they are as if nothing else
 * were registered, their hash codes too; there are as many lists as scopes, which are as many as accounts at most.
 */
export interface Listings {
  /** Everything. */
  full(format: Format, scope?: Scope): Body
  /** What changed lately, and the hash code of everything. */
  delta(format: Format, scope?: Scope): Body
  /** Those of the instances that have this (secure) VIP address among theirs; empty when there are none. */
  byVip(kind: 'vip' | 'svip', address: string, format: Format, scope?: Scope): Body
}

export interface ListingsParts {
  registry: Registry
  changes: ChangeLog
  /** How long what was written may be served after a change, ms; 0: at most 50 ms, and only where writing is slow. */
  maxAgeMs: number
  now(): number
}

/** Where writing is slow, it takes this share of the time at most. */
const WRITING_SHARE = 0.2
const LONGEST_PAUSE_MS = 50

export function createListings({ registry, changes, maxAgeMs, now }: ListingsParts): Listings {
  const texts = new Map<string, ApplicationTexts>()
  const caches = new Map<string, { full(): Body; delta(): Body }>()
  const leasesWith = createVipIndex(registry)

  function cacheOf(format: Format, scope: Scope | undefined): { full(): Body; delta(): Body } {
    const key = `${keyOf(format)}${scope ? ` ${scope.key}` : ''}`
    const cache = caches.get(key) ?? createCache(format, scope)
    caches.set(key, cache)
    return cache
  }

  /** Every scope takes its applications from the same texts. */
  function textsOf(format: Format): ApplicationTexts {
    const known = texts.get(keyOf(format)) ?? createApplicationTexts(registry, format)
    texts.set(keyOf(format), known)
    return known
  }

  function createCache(format: Format, scope: Scope | undefined): { full(): Body; delta(): Body } {
    const { all, ofWhole } = textsOf(format)
    return {
      full: cachedByVersion(registry, { maxAgeMs, now }, () => {
        const frame = listingFrame({ version: '1', hashCode: hashCodeIn(registry, scope) }, format)
        return createBody(registry.version(), framed(frame, all(scope)))
      }),
      delta: cachedByVersion(registry, { maxAgeMs, now }, () => {
        const frame = listingFrame({ version: String(registry.version()), hashCode: hashCodeIn(registry, scope) }, format)
        const leases = Array.from(changes.recent(now()), ({ lease }) => lease)
        return createBody(registry.version(), framed(frame, selectionPieces(leasesIn(scope, leases), format, ofWhole)))
      }),
    }
  }

  return {
    full: (format, scope) => cacheOf(format, scope).full(),
    delta: (format, scope) => cacheOf(format, scope).delta(),
    byVip(kind, address, format, scope) {
      const leases = leasesIn(scope, leasesWith(kind, address))
      const frame = listingFrame({ version: '-1', hashCode: hashCodeOf(countStatuses(leases)) }, format)
      return createBody(registry.version(), framed(frame, selectionPieces(leases, format)))
    },
  }
}

/** The hash code of what somebody may see. */
export function hashCodeIn(registry: Registry, scope: Scope | undefined): string {
  if (!scope) return hashCodeOf(registry.statusCounts())
  const visible = [...registry.applications()].filter(({ name }) => scope.includes(name))
  return hashCodeOf(countStatuses(visible.flatMap(({ leases }) => [...leases.values()])))
}

/** Those of the leases that somebody may see. */
export function leasesIn(scope: Scope | undefined, leases: Lease[]): Lease[] {
  return scope ? leases.filter(({ instance }) => scope.includes(instance.app)) : leases
}

/**
 * Some leases as a list. Those that are gone come last in their application: Java clients that meet it for the first time
 * would otherwise keep its deleted instances (specification, section 7.3). `ofWhole` may have the text of an application
 * of which all instances are wanted: after a mass registration that is the whole registry.
 */
export function selectionPieces(leases: readonly Lease[], format: Format, ofWhole: ApplicationTexts['ofWhole'] = () => undefined): Piece[] {
  const present = leases.filter(({ actionType }) => actionType !== 'DELETED')
  const gone = leases.filter(({ actionType }) => actionType === 'DELETED')
  const byApplication = Map.groupBy([...present, ...gone], ({ instance }) => instance.app)
  return Array.from(byApplication, ([name, selected]) => {
    const isGoneInPart = selected.at(-1)?.actionType === 'DELETED'
    return (isGoneInPart ? undefined : ofWhole(name, selected.length)) ?? createPiece(applicationText(name, selected, format))
  })
}

/** The whole list: the frame around the applications. */
export function framed(frame: ListingFrame, applications: readonly Piece[]): Piece[] {
  const separator = createPiece(frame.separator)
  const list = applications.flatMap((piece, index) => (index === 0 || frame.separator === '' ? [piece] : [separator, piece]))
  return [createPiece(frame.start), ...list, createPiece(frame.end)]
}

function keyOf({ type, isCompact }: Format): string {
  return `${type} ${isCompact}`
}

interface ApplicationTexts {
  all(scope: Scope | undefined): Piece[]
  /** The text of an application with exactly so many instances; undefined when it has more or fewer. */
  ofWhole(name: string, size: number): Piece | undefined
}

/** Each application's text, written again only when the application has changed. */
function createApplicationTexts(registry: Registry, format: Format): ApplicationTexts {
  const written = new Map<string, { version: number; piece: Piece }>()

  function textOf({ name, leases, version }: Application): Piece {
    const last = written.get(name)
    if (last?.version === version) return last.piece
    const piece = createPiece(applicationText(name, leases.values(), format))
    written.set(name, { version, piece })
    return piece
  }

  return {
    all(scope) {
      for (const name of written.keys()) if (!registry.application(name)) written.delete(name)
      const applications = [...registry.applications()]
      return (scope ? applications.filter(({ name }) => scope.includes(name)) : applications).map(textOf)
    },
    ofWhole(name, size) {
      const application = registry.application(name)
      return application?.leases.size === size ? textOf(application) : undefined
    },
  }
}

/** Writes anew when the registry has changed, unless what was written is still young enough. */
function cachedByVersion(registry: Registry, { maxAgeMs, now }: Pick<ListingsParts, 'maxAgeMs' | 'now'>, write: () => Body): () => Body {
  let last: { body: Body; version: number; goodUntilMs: number } | undefined
  return () => {
    const startMs = now()
    if (last && (last.version === registry.version() || startMs < last.goodUntilMs)) return last.body
    const body = write()
    const pauseMs = maxAgeMs || Math.min((now() - startMs) / WRITING_SHARE, LONGEST_PAUSE_MS)
    last = { body, version: registry.version(), goodUntilMs: startMs + pauseMs }
    return body
  }
}

function countStatuses(leases: readonly Lease[]): Map<InstanceStatus, number> {
  const counts = new Map<InstanceStatus, number>()
  for (const { status } of leases) counts.set(status, (counts.get(status) ?? 0) + 1)
  return counts
}

/** Instances by each of their VIP addresses; an instance may have several, separated by commas. */
function createVipIndex(registry: Registry): (kind: 'vip' | 'svip', address: string) => Lease[] {
  let version = -1
  let index = { vip: new Map<string, Lease[]>(), svip: new Map<string, Lease[]>() }

  function add(addresses: Map<string, Lease[]>, text: string | undefined, lease: Lease): void {
    for (const address of new Set(text?.split(','))) {
      const leases = addresses.get(address)
      if (leases) leases.push(lease)
      else addresses.set(address, [lease])
    }
  }

  return (kind, address) => {
    if (version !== registry.version()) {
      index = { vip: new Map(), svip: new Map() }
      version = registry.version()
      for (const { leases } of registry.applications()) {
        for (const lease of leases.values()) {
          add(index.vip, lease.instance.vipAddress, lease)
          add(index.svip, lease.instance.secureVipAddress, lease)
        }
      }
    }
    return index[kind].get(address) ?? []
  }
}
