import type { EurekaClient } from '@order-flow/eureka-client'
import { Pool } from 'undici'
import type { Target } from './routes/target.ts'

/** One instance of a service, with its kept connections. */
export interface Upstream {
  /** Base URL, e.g. `http://127.0.0.1:8081`. */
  url: string
  pool: Pool
  /** Requests sent or waiting for a connection. Counted by who dispatches. */
  inFlight: number
  /** Until then (ms of performance.now) it is passed over, because it refused a connection. */
  avoidUntilMs: number
}

export interface UpstreamsOptions {
  discovery: Pick<EurekaClient, 'instances' | 'refresh' | 'onChange'>
  maxConnections: number
  connectTimeoutMs: number
  /** Longest silence within an answer's body. */
  bodyTimeoutMs: number
}

export interface Upstreams {
  /** A live instance, in turn; undefined when there is none. */
  pick(target: Target): Upstream | undefined
  /** An instance other than the one that refused a connection, after asking the registry again when none is known. */
  pickOther(target: Target, failed: Upstream): Promise<Upstream | undefined>
  /** Closes every connection; what still runs is cut. */
  close(): Promise<void>
}

const AVOID_MS = 2000
/** How long those are still asked of whom the registry has lost all. */
const LAST_KNOWN_MS = 30_000
/** Below the 75 s for which our services keep idle connections, so that none is closed as we write to it. */
const KEEP_ALIVE_MS = 30_000
const MAX_RESPONSE_HEADER_BYTES = 32_768

/** Makes the pools of connections to the instances that discovery knows; one per instance, made at its first request. */
export function createUpstreams(options: UpstreamsOptions): Upstreams {
  const { discovery } = options
  const upstreams = new Map<string, Upstream>()
  const turns = new Map<string, number>()
  const fixedUrls = new Set<string>()
  const lastKnown = new Map<string, { instances: readonly { url: string }[]; lostAtMs: number }>()
  const endWatch = discovery.onChange(() => {
    rememberKnown()
    closeVanished()
  })

  function upstreamAt(url: string): Upstream {
    let upstream = upstreams.get(url)
    if (!upstream) {
      upstream = { url, pool: createPool(url, options), inFlight: 0, avoidUntilMs: 0 }
      upstreams.set(url, upstream)
    }
    return upstream
  }

  function urlsOf(target: Target): string[] {
    return target.kind === 'address' ? [target.name] : instancesOf(target.name).map((instance) => instance.url)
  }

  /**
   * Those that discovery knows. When it suddenly knows none, those it knew last: a registry that was started again knows
   * nobody for some seconds, and asking in vain costs no more than refusing.
   */
  function instancesOf(name: string): readonly { url: string }[] {
    const known = discovery.instances(name)
    if (known.length > 0) {
      if (!lastKnown.has(name)) lastKnown.set(name, { instances: known, lostAtMs: Number.POSITIVE_INFINITY })
      return known
    }
    const last = lastKnown.get(name)
    return last && performance.now() - last.lostAtMs < LAST_KNOWN_MS ? last.instances : []
  }

  function rememberKnown(): void {
    for (const [name, last] of lastKnown) {
      const known = discovery.instances(name)
      if (known.length > 0) lastKnown.set(name, { instances: known, lostAtMs: Number.POSITIVE_INFINITY })
      else last.lostAtMs = Math.min(last.lostAtMs, performance.now())
    }
  }

  function pick(target: Target): Upstream | undefined {
    if (target.kind === 'address') {
      fixedUrls.add(target.name)
      return upstreamAt(target.name)
    }
    const instances = instancesOf(target.name)
    const turn = (turns.get(target.name) ?? 0) + 1
    turns.set(target.name, turn)
    for (let offset = 0; offset < instances.length; offset++) {
      const instance = instances[(turn + offset) % instances.length]
      const upstream = instance && upstreamAt(instance.url)
      if (upstream && (upstream.avoidUntilMs === 0 || upstream.avoidUntilMs <= performance.now())) return upstream
    }
    // When all refused lately, trying one beats refusing everybody.
    const any = instances[turn % instances.length]
    return any && upstreamAt(any.url)
  }

  function otherThan(target: Target, failed: Upstream): Upstream | undefined {
    const url = urlsOf(target).find(
      (candidate) => candidate !== failed.url && (upstreams.get(candidate)?.avoidUntilMs ?? 0) <= performance.now(),
    )
    return url === undefined ? undefined : upstreamAt(url)
  }

  // An instance that left the registry gets no new requests; those it has are let end.
  function closeVanished(): void {
    for (const [url, upstream] of upstreams) {
      if (fixedUrls.has(url) || isKnown(url)) continue
      upstreams.delete(url)
      void upstream.pool.close()
    }
  }

  function isKnown(url: string): boolean {
    return [...turns.keys()].some((name) => instancesOf(name).some((instance) => instance.url === url))
  }

  return {
    pick,
    async pickOther(target, failed) {
      failed.avoidUntilMs = performance.now() + AVOID_MS
      const refreshed = discovery.refresh()
      const known = otherThan(target, failed)
      if (known) return known
      await refreshed
      return otherThan(target, failed)
    },
    async close() {
      endWatch()
      await Promise.all([...upstreams.values()].map(({ pool }) => pool.destroy()))
    },
  }
}

function createPool(url: string, { maxConnections, connectTimeoutMs, bodyTimeoutMs }: UpstreamsOptions): Pool {
  return new Pool(url, {
    connections: maxConnections,
    pipelining: 1, // more would let one slow answer hold up others
    connect: { timeout: connectTimeoutMs },
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0, // the route's response timeout, which is kept more exactly, stands in its place
    bodyTimeout: bodyTimeoutMs,
    maxHeaderSize: MAX_RESPONSE_HEADER_BYTES,
    allowH2: false,
  })
}
