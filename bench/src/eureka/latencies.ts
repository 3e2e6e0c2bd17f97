import { setTimeout as sleep } from 'node:timers/promises'
import { pause } from '../gateway.ts'
import { type Asker, createAsker } from './asker.ts'
import type { Place } from './connection.ts'
import { type BenchInstance, benchInstance, type Lease, LONG_LEASE } from './instances.ts'
import type { Requests } from './requests.ts'
import type { Action, Seen } from './sightings.ts'
import { startPoller, startStreamWatcher, type Watcher } from './watchers.ts'

/** How soon a change is seen, by who listens to the stream (null: there is none) and by who asks for deltas. */
export interface SeenBy {
  push: Seen | null
  poll: Seen
  /** How often the stream was cut off. */
  streamRestarts: number
}

export interface LatencyParts {
  place: Place
  requests: Requests
  samples: number
  signal: AbortSignal
}

export const POLL_MS = 100
/** What comes is spread at random over as long as Java's caches live by default, so that no part of that time is favoured. */
const SPREAD_MS = 30_000
const FEW_SAMPLES = 100
const FEW_SPREAD_MS = 1_000
const VISIBLE_TIMEOUT_MS = 45_000
const GONE_TIMEOUT_MS = 180_000
const FIRST_NUMBER = 900_000
/** Shorter than any service would ask for, so that a run ends; the lease ends as late in relation to it with any length. */
const SHORT_LEASE: Lease = { renewalIntervalSecs: 1, durationSecs: 2 }
const LAST_HEARTBEAT_AFTER_MS = 1000

let nextNumber = FIRST_NUMBER

/** From sending a registration until others see the instance. */
export async function measureRegisterToVisible(parts: LatencyParts): Promise<SeenBy> {
  const instances = newInstances(parts.samples)
  const sentAtMs = new Map<string, number>()
  try {
    return await watched(parts, { action: 'ADDED', momentsMs: sentAtMs, timeoutMs: VISIBLE_TIMEOUT_MS }, (asker) =>
      spread(instances, parts, async (instance) => {
        sentAtMs.set(instance.id, performance.now())
        await asker.ask(parts.requests.register(instance, LONG_LEASE))
      }),
    )
  } finally {
    await cancel(parts, instances)
  }
}

/** From the end of the lease that a silent instance asked for until others see that it is gone. */
export async function measureCrashToGone(parts: LatencyParts): Promise<SeenBy> {
  const instances = newInstances(parts.samples)
  const endsAtMs = new Map<string, number>()
  const crash = async (asker: Asker) => {
    const lastHeartbeats: Promise<void>[] = []
    await spread(instances, parts, async (instance) => {
      await asker.ask(parts.requests.register(instance, SHORT_LEASE))
      lastHeartbeats.push(beatOnce(instance))
    })
    await Promise.all(lastHeartbeats)
  }
  const beatOnce = async (instance: BenchInstance) => {
    await sleep(LAST_HEARTBEAT_AFTER_MS)
    const asker = createAsker(parts.place)
    endsAtMs.set(instance.id, performance.now() + SHORT_LEASE.durationSecs * 1000)
    await asker.ask(parts.requests.heartbeat(instance)).finally(() => asker.close())
  }
  return watched(parts, { action: 'DELETED', momentsMs: endsAtMs, timeoutMs: GONE_TIMEOUT_MS }, crash)
}

interface Awaited {
  action: Action
  /** By instance id, filled by what is done: since when it is waited for. */
  momentsMs: Map<string, number>
  timeoutMs: number
}

/** Does something and waits until both watchers have seen all that follows from it, or no longer. */
async function watched({ place, requests, signal }: LatencyParts, awaited: Awaited, act: (asker: Asker) => Promise<void>): Promise<SeenBy> {
  const asker = createAsker(place)
  const stream = await startStreamWatcher(place, signal)
  const poller = startPoller(place, requests, POLL_MS)
  const watchers = [poller, ...(stream ? [stream] : [])]
  try {
    await act(asker)
    await whenSeen(watchers, awaited, signal)
    const { action, momentsMs } = awaited
    return {
      push: stream?.sightings.after(action, momentsMs) ?? null,
      poll: poller.sightings.after(action, momentsMs),
      streamRestarts: stream?.restarts() ?? 0,
    }
  } finally {
    asker.close()
    for (const watcher of watchers) watcher.stop()
  }
}

async function whenSeen(watchers: readonly Watcher[], { action, momentsMs, timeoutMs }: Awaited, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (performance.now() < deadlineMs) {
    if (watchers.every(({ sightings }) => sightings.hasAll(action, momentsMs.keys()))) return
    await pause(POLL_MS, signal)
  }
}

/** One after the other, at random moments. */
async function spread(
  instances: readonly BenchInstance[],
  { samples, signal }: LatencyParts,
  act: (instance: BenchInstance) => Promise<void>,
): Promise<void> {
  const spreadMs = samples > FEW_SAMPLES ? SPREAD_MS : FEW_SPREAD_MS
  const startedAtMs = performance.now()
  const moments = instances.map(() => Math.random() * spreadMs).sort((a, b) => a - b)
  for (const [index, instance] of instances.entries()) {
    const waitMs = startedAtMs + (moments[index] ?? 0) - performance.now()
    if (waitMs > 0) await pause(waitMs, signal)
    await act(instance)
  }
}

function newInstances(count: number): BenchInstance[] {
  return Array.from({ length: count }, () => {
    const number = nextNumber++
    return benchInstance(`LATE-${number % 50}`, number)
  })
}

async function cancel({ place, requests }: LatencyParts, instances: readonly BenchInstance[]): Promise<void> {
  const asker = createAsker(place)
  for (const instance of instances) await asker.ask(requests.cancel(instance)).catch(() => undefined) // it may never have come
  asker.close()
}
