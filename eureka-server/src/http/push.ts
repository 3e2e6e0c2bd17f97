import type { ServerResponse } from 'node:http'
import { randomHex } from '@order-flow/service-kit'
import type { ChangeLog } from '../registry/change-log.ts'
import { keyOf, type Lease } from '../registry/instance.ts'
import type { Registry } from '../registry/registry.ts'
import type { Scope } from '../registry/scope.ts'
import { FULL_JSON } from '../wire/format.ts'
import { listingFrame } from '../wire/listing.ts'
import { framed, hashCodeIn, type Listings, leasesIn, selectionPieces } from '../wire/listings.ts'
import { type Answer, plainText } from './answer.ts'
import type { EurekaRequest } from './eureka-request.ts'

export interface PushParts {
  registry: Registry
  changes: ChangeLog
  listings: Listings
  /** Streams and long polls beyond this many are refused. */
  maxWatchers: number
  /** Whoever has not read for so long what was written to them is cut off, ms; they come back and ask for what they missed. */
  maxLagMs: number
  now(): number
}

/** Tells clients of changes as they happen: over a stream (server-sent events), or as the answer to a waiting request. */
export interface Push {
  /** A snapshot, or what changed after `Last-Event-ID`, and then every change. */
  stream(request: EurekaRequest): Answer
  /** Answers when something changes after `after`, with 204 when nothing does within `wait` seconds. */
  poll(request: EurekaRequest): Answer | Promise<Answer>
  watchers(): number
  /** Ends every stream and answers every waiting request. */
  stop(): void
}

/** An event: the text of a list of applications, and the version of the registry that it brings a client to. */
interface Event {
  kind: 'snapshot' | 'changes'
  id: string
  chunks: readonly (Buffer | string)[]
}

/** An event as those who see the same are told it. */
interface Told {
  event: Event
  chunks: readonly (Buffer | string)[]
}

/** Somebody who is told over a stream. */
interface Follower {
  response: ServerResponse
  /** What they may see; undefined: everything. */
  scope: Scope | undefined
  /** Of the registry as they know it, once they have read what was written to them. */
  version: number
  /** Since when they have been reading what was written to them; undefined when they follow. */
  behindSinceMs: number | undefined
}

/** Changes that come together are told together. */
const GATHER_MS = 5
const KEEP_ALIVE_MS = 15_000
const MAX_WAIT_SECS = 60
/** Whoever has more than this to read is told nothing more until they have read it, and then all that they missed at once. */
const MAX_UNSENT_BYTES = 262_144

export function createPush({ registry, changes, listings, maxWatchers, maxLagMs, now }: PushParts): Push {
  // Versions count from the start of this process; another process's mean nothing here.
  const epoch = randomHex(4)
  const followers = new Set<Follower>()
  // With what each may see; undefined: everything.
  const waiting = new Map<(event: Event | undefined) => void, Scope | undefined>()
  let pending = new Map<string, Lease>()
  let gathering: NodeJS.Timeout | undefined
  let isStopped = false
  const keepAlive = setInterval(keepAllAlive, KEEP_ALIVE_MS)
  keepAlive.unref()

  registry.onChange((lease) => {
    if (followers.size === 0 && waiting.size === 0) return
    pending.set(keyOf(lease.instance), lease)
    gathering ??= setTimeout(tell, GATHER_MS)
  })

  function tell(): void {
    gathering = undefined
    const leases = [...pending.values()]
    pending = new Map()
    // Those who see the same are told the same, which is written once.
    const told = new Map<string | undefined, Told | undefined>()
    const toldIn = (scope: Scope | undefined) => {
      if (!told.has(scope?.key)) told.set(scope?.key, toldOf(changesEvent(leases, scope)))
      return told.get(scope?.key)
    }
    for (const follower of following()) send(follower, toldIn(follower.scope)?.chunks ?? [])
    for (const [answer, scope] of waiting) {
      const happened = toldIn(scope)
      if (happened) answer(happened.event)
    }
  }

  function keepAllAlive(): void {
    for (const { response } of following()) write(response, [': keep-alive\n\n'])
  }

  /** Those who have read everything; of the others, those who do not read at all are cut off. */
  function following(): Follower[] {
    const all = [...followers]
    for (const { response, behindSinceMs = now() } of all) if (now() - behindSinceMs > maxLagMs) response.destroy()
    return all.filter(({ behindSinceMs }) => behindSinceMs === undefined)
  }

  /** Writes what brings somebody to the registry's version. */
  function send(follower: Follower, chunks: readonly (Buffer | string)[]): void {
    const { response } = follower
    write(response, chunks)
    follower.version = registry.version()
    if (response.writableLength <= MAX_UNSENT_BYTES || follower.behindSinceMs !== undefined) return
    follower.behindSinceMs = now()
    response.once('drain', () => catchUp(follower))
  }

  /** Tells what was missed, as changes if they are still known. */
  function catchUp(follower: Follower): void {
    follower.behindSinceMs = undefined
    for (const event of eventsAfter(`${epoch}:${follower.version}`, follower.scope)) send(follower, streamChunks(event))
  }

  /** Undefined when nothing changed that is in the scope. */
  function changesEvent(leases: Lease[], scope: Scope | undefined): Event | undefined {
    const visible = leasesIn(scope, leases)
    if (visible.length === 0) return undefined
    const version = registry.version()
    const frame = listingFrame({ version: String(version), hashCode: hashCodeIn(registry, scope) }, FULL_JSON)
    const chunks = framed(frame, selectionPieces(visible, FULL_JSON)).map(({ plain }) => plain)
    return { kind: 'changes', id: `${epoch}:${version}`, chunks }
  }

  function snapshotEvent(scope: Scope | undefined): Event {
    const { version, pieces } = listings.full(FULL_JSON, scope)
    return { kind: 'snapshot', id: `${epoch}:${version}`, chunks: pieces.map(({ plain }) => plain) }
  }

  /** What brings a client up to date; empty when it is. */
  function eventsAfter(id: string | undefined, scope: Scope | undefined): Event[] {
    const missed = missedAfter(id)
    if (!missed) {
      const snapshot = snapshotEvent(scope)
      return [snapshot, ...eventsAfter(snapshot.id, scope)]
    }
    const changed = changesEvent(missed, scope)
    return changed ? [changed] : []
  }

  function missedAfter(id: string | undefined): Lease[] | undefined {
    const [sameEpoch, version] = id?.split(':') ?? []
    if (sameEpoch !== epoch || !version || !/^\d{1,15}$/.test(version)) return undefined
    return changes.since(Number(version))?.map(({ lease }) => lease)
  }

  function isFull(): boolean {
    return isStopped || followers.size + waiting.size >= maxWatchers
  }

  return {
    stream({ headers, caller }) {
      const scope = caller.rights.readable
      if (isFull()) return busy(maxWatchers)
      const lastEventId = headers['last-event-id']
      return {
        status: 200,
        contentType: 'text/event-stream',
        headers: { 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
        stream(response) {
          response.write('retry: 2000\n\n')
          const after = typeof lastEventId === 'string' ? lastEventId : undefined
          const follower: Follower = { response, scope, version: registry.version(), behindSinceMs: undefined }
          for (const event of eventsAfter(after, scope)) send(follower, streamChunks(event))
          followers.add(follower)
          response.once('close', () => followers.delete(follower))
        },
      }
    },

    poll({ query, caller }) {
      const scope = caller.rights.readable
      const waitMs = Math.min(Math.max(Number(query.get('wait')) || 0, 0), MAX_WAIT_SECS) * 1000
      const [event] = eventsAfter(query.get('after') ?? undefined, scope)
      if (event) return pollAnswer(event)
      if (isFull()) return busy(maxWatchers)
      return new Promise((resolve) => {
        const answer = (happened: Event | undefined) => {
          clearTimeout(timer)
          waiting.delete(answer)
          resolve(pollAnswer(happened))
        }
        const timer = setTimeout(() => answer(undefined), waitMs)
        waiting.set(answer, scope)
      })
    },

    watchers: () => followers.size + waiting.size,

    stop() {
      isStopped = true
      clearInterval(keepAlive)
      clearTimeout(gathering)
      for (const { response } of followers) response.end()
      for (const answer of waiting.keys()) answer(undefined)
    },
  }
}

function toldOf(event: Event | undefined): Told | undefined {
  return event && { event, chunks: streamChunks(event) }
}

function streamChunks({ kind, id, chunks }: Event): (Buffer | string)[] {
  return [`id: ${id}\nevent: ${kind}\ndata: `, ...chunks, '\n\n']
}

function pollAnswer(event: Event | undefined): Answer {
  if (!event) return { status: 204 }
  return {
    status: 200,
    contentType: 'application/json',
    headers: { 'x-eureka-event': event.kind, 'x-eureka-event-id': event.id, 'cache-control': 'no-store' },
    text: event.chunks.join(''),
  }
}

function write(response: ServerResponse, chunks: readonly (Buffer | string)[]): void {
  response.cork()
  for (const chunk of chunks) response.write(chunk)
  response.uncork()
}

function busy(maxWatchers: number): Answer {
  return {
    ...plainText(503, `${maxWatchers} clients are waiting for changes already (eureka.server.max-watchers).`),
    headers: { 'retry-after': '10' },
  }
}
