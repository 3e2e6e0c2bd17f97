import { EXIT, Failure } from '../command.ts'
import { pause } from '../gateway.ts'
import { mostMemoryMiBOf, residentMiBOf } from '../process-usage.ts'
import { errorText } from '../table.ts'
import type { Window } from '../window.ts'
import { createAsker } from './asker.ts'
import { startChurn } from './churn.ts'
import { type FullFetches, measureFullFetches } from './full-fetches.ts'
import { startHeartbeats } from './heartbeats.ts'
import { type BenchInstance, benchInstance, benchInstances, LONG_LEASE } from './instances.ts'
import { type LatencyParts, measureCrashToGone, measureRegisterToVisible } from './latencies.ts'
import { type LoadResult, runLoad } from './load.ts'
import { DELTA_KEPT_MS, type RegistryServer } from './registry-server.ts'
import { createRequests, type Requests } from './requests.ts'
import type { LoadName, ServerResults } from './results.ts'
import { createSteadiness } from './steadiness.ts'

export interface MeasureOptions {
  instances: number
  perApplication: number
  seconds: number
  warmUpSeconds: number
  connections: number
  samples: number
  log: (line: string) => void
  signal: AbortSignal
}

interface Parts extends MeasureOptions {
  server: RegistryServer
  requests: Requests
  registered: readonly BenchInstance[]
  heartbeats: readonly Buffer[]
  loads: Partial<Record<LoadName, LoadResult>>
  windows: Partial<Record<LoadName, Window>>
  warmUpTook: number
}

const LEAD_IN_SECONDS = 2
const SHORT_LEAD_IN_SECONDS = 0.2
/** A round of heartbeats and one of reads, twice; and so on while it gets better. */
const WARM_UP_PARTS = 4
const MOST_WARM_UPS = 5
const STEADY_WITHIN = 0.05
const FULL_READ_CONNECTIONS = 8
const BATCH_SIZE = 250
const CHANGES_PER_SECOND = 10
const HEARTBEAT_EVERY_SECONDS = 30
const CRASHED_SHARE = 0.1
/** Java's server takes at most 15 % of its instances at once. */
const MOST_CRASHED = 0.05
/** A delta of so many is small beside everything. */
const FEW_INSTANCES = 100
const SMALL_DELTA_BYTES = 20_000
const PASSER_BY = benchInstance('PASSER-BY', 700_000)
const SETTLE_TIMEOUT_MS = 240_000
const SETTLE_LOOK_MS = 1000
/** Above, parsing everything would keep this process from its work. */
const MOST_FOLLOWED = 10_000

export type Measured = Omit<ServerResults, 'profiles' | 'facts' | 'startMs'> & { windows: Partial<Record<LoadName, Window>> }

/** Measures a registry that is empty. From one that ran already, what it registered is removed again. */
export async function measureServer(server: RegistryServer, options: MeasureOptions): Promise<Measured> {
  const registered = benchInstances(options.instances, options.perApplication)
  const requests = createRequests(`${server.place.host}:${server.place.port}`)
  const heartbeats = registered.map(requests.heartbeat)
  const parts: Parts = { ...options, server, requests, registered, heartbeats, loads: {}, windows: {}, warmUpTook: 0 }
  const empty = memoryOf(server)
  try {
    await register(parts)
    const registeredMiB = memoryOf(server)
    await measureLoads(parts)
    const atEnd = memoryOf(server)
    const followed = await measureChanges(parts)
    const most = server.pid === undefined ? null : rounded(mostMemoryMiBOf(server.pid))
    return {
      warmUpSeconds: parts.warmUpTook,
      memoryMiB: { empty, registered: registeredMiB, atEnd, most },
      loads: parts.loads,
      windows: parts.windows,
      ...followed,
    }
  } finally {
    if (server.kind === 'running') await cancelAll(parts)
  }
}

async function register(parts: Parts): Promise<void> {
  const { registered, requests } = parts
  const remaining = registered.values()
  const next = () => {
    const { value } = remaining.next()
    return value && requests.register(value, LONG_LEASE)
  }
  await load(parts, 'register', { next, leadInSeconds: 0, seconds: undefined })
  const errors = parts.loads.register?.errors ?? {}
  if (Object.keys(errors).length > 0)
    throw new Failure(EXIT.failed, `Not everything could be registered (${errorText(errors)}); the rest would say nothing.`)
}

async function measureLoads(parts: Parts): Promise<void> {
  const { requests, registered, server, signal } = parts
  const registeredAtMs = performance.now()
  const [fullGzip, fullPlain] = [requests.full({ isGzip: true }), requests.full({ isGzip: false })]
  const delta = requests.delta({ isGzip: true })
  const batch = requests.batch(
    Array.from({ length: BATCH_SIZE }, (_item, index) => registered[index % registered.length]).filter((one) => one !== undefined),
  )
  const nextHeartbeat = inTurn(parts.heartbeats)
  const readers = Math.min(parts.connections, FULL_READ_CONNECTIONS)
  parts.warmUpTook = await warmUp(parts, [fullGzip, delta, fullGzip, delta, fullGzip, delta, fullPlain, batch])
  if (server.kind !== 'java-tuned') {
    // The settings that differ change nothing here.
    await load(parts, 'heartbeats', { next: nextHeartbeat })
    await load(parts, 'fullGzip', { next: () => fullGzip, connections: readers })
    await load(parts, 'fullPlain', { next: () => fullPlain, connections: readers })
    await load(parts, 'batch', { next: () => batch, connections: 1 })
  }
  await settle(parts, registeredAtMs)
  if (server.kind !== 'java-tuned') await load(parts, 'delta', { next: () => delta })
  const churn = startChurn(server.place, requests, CHANGES_PER_SECOND)
  try {
    await pause(Math.min(parts.warmUpSeconds, 5) * 1000, signal)
    await load(parts, 'deltaChanging', { next: () => delta })
    await load(parts, 'fullGzipChanging', { next: () => fullGzip, connections: readers })
  } finally {
    await churn.stop()
  }
}

/** How soon changes are seen, while the instances send their heartbeats as usual. */
async function measureChanges(parts: Parts): Promise<Pick<Measured, 'registerToVisible' | 'crashToGone' | 'fullFetches'>> {
  const { server, requests, samples, instances, signal, log } = parts
  const usual = startHeartbeats(server.place, parts.heartbeats, instances / HEARTBEAT_EVERY_SECONDS)
  const latency = (count: number): LatencyParts => ({ place: server.place, requests, samples: count, signal })
  const crashed = Math.max(1, Math.min(Math.round(samples * CRASHED_SHARE), Math.floor(instances * MOST_CRASHED)))
  try {
    log(`${server.kind}: from registering to visible, ${samples} times`)
    const registerToVisible = await measureRegisterToVisible(latency(samples))
    log(`${server.kind}: from the end of a lease to gone, ${crashed} times`)
    const crashToGone = await measureCrashToGone(latency(crashed))
    return { registerToVisible, crashToGone, fullFetches: await countFullFetches(parts) }
  } finally {
    usual.stop()
  }
}

async function countFullFetches({ server, requests, instances, seconds, signal, log }: Parts): Promise<FullFetches | null> {
  if (instances > MOST_FOLLOWED) return null
  log(`${server.kind}: clients that follow by deltas`)
  const churn = startChurn(server.place, requests, CHANGES_PER_SECOND)
  try {
    return await measureFullFetches(server.place, requests, Math.min(3 * seconds, HEARTBEAT_EVERY_SECONDS), signal)
  } finally {
    await churn.stop()
  }
}

type LoadSettings = { next(): Buffer | undefined; connections?: number; leadInSeconds?: number; seconds?: number | undefined }

async function load(parts: Parts, name: LoadName, settings: LoadSettings): Promise<void> {
  const { server, signal, log } = parts
  const { result, window } = await runLoad({
    place: server.place,
    pid: server.pid,
    connections: parts.connections,
    leadInSeconds: parts.seconds > LEAD_IN_SECONDS ? LEAD_IN_SECONDS : SHORT_LEAD_IN_SECONDS,
    seconds: parts.seconds,
    signal,
    ...settings,
  })
  parts.loads[name] = result
  parts.windows[name] = window
  const { perSecond, server: use, generatorCores } = result
  log(`${server.kind}: ${name}: ${perSecond}/s, ${use?.answersPerCpuSecond ?? '?'} for a second of CPU; generator ${generatorCores} cores`)
}

/**
 * Heartbeats and reads in turn, for as long as was asked for and until more rounds cost the registry no less than the ones
 * before: Java's compiles what is used much for a while. Answers how long that took, s.
 */
async function warmUp(parts: Parts, reads: readonly Buffer[]): Promise<number> {
  const { server, warmUpSeconds, connections, signal, log } = parts
  log(`${server.kind}: warming up`)
  const base = { place: server.place, pid: server.pid, leadInSeconds: 0, seconds: warmUpSeconds / WARM_UP_PARTS, signal }
  const round = async (name: string, next: () => Buffer | undefined, count: number) => {
    const { result } = await runLoad({ ...base, next, connections: count })
    const perCpuSecond = result.server?.answersPerCpuSecond ?? result.perSecond
    log(`${server.kind}: warming up: ${name}: ${result.perSecond}/s, ${perCpuSecond} for a second of CPU`)
    return perCpuSecond
  }
  const startedAtMs = performance.now()
  const isSteady = [createSteadiness(STEADY_WITHIN), createSteadiness(STEADY_WITHIN)] as const
  const [nextHeartbeat, nextRead] = [inTurn(parts.heartbeats), inTurn(reads)]
  for (let part = 0; part < MOST_WARM_UPS * WARM_UP_PARTS; part += 2) {
    const steady = [
      isSteady[0](await round('heartbeats', nextHeartbeat, connections)),
      isSteady[1](await round('reads', nextRead, Math.min(connections, FULL_READ_CONNECTIONS))),
    ]
    if (part >= WARM_UP_PARTS - 2 && steady.every(Boolean)) break
  }
  return Math.round((performance.now() - startedAtMs) / 1000)
}

/** Waits until a delta no longer holds everything that was registered. */
async function settle({ server, requests, instances, signal, log }: Parts, registeredAtMs: number): Promise<void> {
  if (instances <= FEW_INSTANCES) return
  log(`${server.kind}: waiting until the registrations are no news any more`)
  const asker = createAsker(server.place)
  try {
    if (server.kind !== 'running') await pause(Math.max(0, registeredAtMs + DELTA_KEPT_MS + SETTLE_LOOK_MS - performance.now()), signal)
    for (const deadlineMs = performance.now() + SETTLE_TIMEOUT_MS; performance.now() < deadlineMs; ) {
      // Java's server keeps a delta until something changes.
      await asker.ask(requests.register(PASSER_BY, LONG_LEASE))
      await asker.ask(requests.cancel(PASSER_BY))
      const { bodyBytes } = await asker.ask(requests.delta({ isGzip: true }))
      if (bodyBytes < SMALL_DELTA_BYTES) return
      await pause(SETTLE_LOOK_MS, signal)
    }
    throw new Failure(EXIT.failed, 'The registry’s delta has not become small within four minutes.')
  } finally {
    asker.close()
  }
}

async function cancelAll({ server, requests, registered, connections, signal }: Parts): Promise<void> {
  const remaining = registered.values()
  const next = () => {
    const { value } = remaining.next()
    return value && requests.cancel(value)
  }
  await runLoad({ place: server.place, pid: server.pid, connections, next, leadInSeconds: 0, seconds: undefined, signal })
}

function inTurn(requests: readonly Buffer[]): () => Buffer | undefined {
  let index = 0
  return () => requests[index++ % requests.length]
}

function memoryOf({ pid }: RegistryServer): number | null {
  return pid === undefined ? null : rounded(residentMiBOf(pid))
}

function rounded(mebibytes: number | undefined): number | null {
  return mebibytes === undefined ? null : Math.round(mebibytes * 10) / 10
}
