import type { ClientSettings } from '../options/client-options.ts'
import { messageOf, type Problems, retryMs } from '../problems.ts'
import type { RegistryCache } from '../registry/registry-cache.ts'
import { createRepeater } from '../repeater.ts'
import type { EurekaApi } from '../servers/eureka-api.ts'
import type { Requester } from '../servers/requester.ts'
import type { ServerList } from '../servers/server-list.ts'
import { createPush, type Push } from './push.ts'
import { createEventStream, createLongPoll, SILENCE_MS, UnfitStreamError } from './push-connection.ts'
import type { PushedEvent } from './pushed-event.ts'

/** Keeps the cache like the registry: by push where servers have it, else by asking for what changed. */
export interface RegistryReader {
  /** Resolves after the first try; the reader goes on trying. */
  start(): Promise<void>
  /** Fetches now; calls at the same time share one fetch. Never rejects. */
  refresh(): Promise<void>
  stop(): Promise<void>
}

export interface RegistryReaderOptions {
  api: Pick<EurekaApi, 'fetchAll' | 'fetchDelta' | 'fetchVip'>
  requester: Requester
  servers: ServerList
  settings: ClientSettings
  fetch: typeof fetch
  cache: RegistryCache
  problems: Problems
  /** Ends requests and connections. */
  signal: AbortSignal
  /** The cache is as the registry was a moment ago. */
  onFresh(): void
  random?: (() => number) | undefined
}

/** Registries tell of a change for 3 min. After a longer silence all is fetched: equal counts would hide what was missed. */
const CHANGES_KEPT_MS = 150_000
/** A registry that pushes is polled this soon after it stopped, unless it pushes again. */
const POLL_AFTER_PUSH_MS = 1000

/** Makes a reader; nothing happens until `start`. */
export function createRegistryReader(options: RegistryReaderOptions): RegistryReader {
  const { api, settings, cache, problems, signal, onFresh } = options
  const intervalMs = settings.registryFetchIntervalSeconds * 1000
  const singleVip = settings.registryRefreshSingleVipAddress
  const polling = createRepeater(poll, intervalMs)
  const push = settings.push !== false && singleVip === '' ? makePush() : undefined
  let isPatchable = false
  let freshAtMs = performance.now()
  let lastEventId: string | undefined
  let isHashTrue = true
  let eventCount = 0
  let failures = 0

  async function poll(): Promise<number> {
    try {
      await fetchOnce()
    } catch (error) {
      problems.report('fetch', `The registry cannot be read; the last known instances are used: ${messageOf(error)}.`)
      return retryMs(++failures, intervalMs)
    }
    failures = 0
    tookView()
    return intervalMs
  }

  function tookView(): void {
    freshAtMs = performance.now()
    problems.over('fetch')
    onFresh()
  }

  async function fetchOnce(): Promise<void> {
    const eventsBefore = eventCount
    // What was pushed while we asked is younger than the answer.
    const isOutdated = () => eventCount !== eventsBefore
    const isLongAgo = performance.now() - freshAtMs > CHANGES_KEPT_MS
    if (isPatchable && !isLongAgo && !settings.disableDelta) {
      const delta = await api.fetchDelta()
      if (isOutdated()) return
      // A registry that cannot say how far it is (-1) must not be patched.
      if (delta?.hash !== undefined && delta.version !== undefined && delta.version !== -1) {
        cache.apply(delta.entries)
        if (cache.hash() === delta.hash) return
      }
    }
    const all = await (singleVip === '' ? api.fetchAll() : api.fetchVip(singleVip))
    if (isOutdated()) return
    cache.replaceAll(all.entries)
    isPatchable = singleVip === ''
    // The view is another server's, perhaps: what the stream tells from its last event on need not fit it.
    lastEventId = undefined
  }

  function makePush(): Push {
    const connection = {
      ...options,
      lastEventId: () => lastEventId,
      onEvent: takeEvent,
      onRetry: (retryMs: number) => push?.setRetryMs(retryMs),
    }
    return createPush({
      connect: settings.push === 'long-poll' ? createLongPoll(connection) : createEventStream(connection),
      servers: options.servers,
      signal,
      firstEventMs: (settings.eurekaServerConnectTimeoutSeconds + settings.eurekaServerReadTimeoutSeconds) * 1000,
      onWorking: polling.hold,
      onBroken,
      ...(options.random ? { random: options.random } : {}),
    })
  }

  // Many clients lose the same server at once, and the others must not be asked by all of them in the same moment.
  function onBroken(wasWorking: boolean): void {
    if (wasWorking) freshAtMs = performance.now() - SILENCE_MS
    polling.resume(Math.min(POLL_AFTER_PUSH_MS * (1 + Math.random()), intervalMs))
  }

  function takeEvent({ type, id, applications: { entries, hash } }: PushedEvent): void {
    if (type === 'changes' && !isPatchable) throw new UnfitStreamError('it told changes before the whole registry')
    eventCount++
    if (type === 'snapshot') cache.replaceAll(entries)
    else cache.apply(entries)
    const fits = cache.hash() === hash
    if (type === 'snapshot') {
      isPatchable = true
      isHashTrue = fits // a server that counts otherwise than we do would have us fetch everything at each change
    } else if (isHashTrue && !fits) {
      lastEventId = undefined
      throw new UnfitStreamError('the pushed changes do not add up to its registry')
    }
    lastEventId = id
    push?.worked()
    tookView()
  }

  return {
    async start() {
      const isPushed = await push?.start()
      if (!isPushed && !signal.aborted) await polling.run()
    },
    refresh: polling.run,
    async stop() {
      await Promise.all([polling.stop(), push?.stop()])
    },
  }
}
