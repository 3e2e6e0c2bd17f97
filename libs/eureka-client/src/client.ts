import { createEurekaApi } from './eureka-api.ts'
import { type Instance, instanceIdOf, type Registration } from './instance.ts'
import { createRegistryCache } from './registry-cache.ts'
import { createRepeater, type Repeater } from './repeater.ts'

export interface EurekaClientOptions {
  /** Base URLs of the registry, separated by commas, e.g. `http://127.0.0.1:8761/eureka`; tried in turn. */
  serviceUrl: string
  registryFetchIntervalMs: number
  renewalIntervalMs: number
  /** How long the registry keeps the instance without a renewal. */
  leaseDurationMs: number
  /** Hears, once per outage, what does not work. The client goes on trying. */
  onProblem(problem: string): void
  /** Default: the global fetch. */
  fetch?: typeof fetch
}

/** Finds others in a Eureka registry and is found there. */
export interface EurekaClient {
  /**
   * Fetches the registry, registers as UP and keeps both up to date. Resolves after the first try even when the registry
   * cannot be reached; the client then goes on trying. Call once.
   */
  start(registration: Registration): Promise<void>
  /** Fetches the registry and keeps it up to date without registering. Resolves after the first try. Call once. */
  fetchOnly(): Promise<void>
  /** Ends renewals and fetches and deregisters (1 s at most). Never rejects; idempotent. */
  stop(): Promise<void>
  /** The instances of an application that are UP, by name in any case, from the cache. */
  instances(appName: string): Instance[]
  /** One of them, in turn. */
  pick(appName: string): Instance | undefined
  /** Fetches the registry now. Calls at the same time share one fetch. Never rejects: a failure keeps the cache. */
  refresh(): Promise<void>
  /** Calls the listener after each change of the cache; answers the function that ends it. */
  onChange(listener: () => void): () => void
}

/** After a failure it is tried again this soon, or at the usual interval when that is shorter. */
const RETRY_MS = 1000

/**
 * Makes a client; nothing happens until `start` or `fetchOnly`. While the registry is down the last cache serves; an
 * instance that the registry has lost (404 on renewal, or missing from its list) registers again.
 * Errors: a plain Error when `serviceUrl` holds no usable URL.
 */
export function createEurekaClient(options: EurekaClientOptions): EurekaClient {
  const stopping = new AbortController()
  const api = createEurekaApi({
    serviceUrl: options.serviceUrl,
    times: options,
    fetch: options.fetch ?? fetch,
    signal: stopping.signal,
  })
  const cache = createRegistryCache((error) => options.onProblem(`A listener to registry changes failed: ${messageOf(error)}.`))
  const problems = createProblemReporter(options.onProblem, stopping.signal)
  const repeaters: Repeater[] = []
  let registration: Registration | undefined
  let isRegistered = false
  let stopped: Promise<void> | undefined

  const fetching = createRepeater(fetchRegistry, options.registryFetchIntervalMs)
  const renewing = createRepeater(renewOrRegister, options.renewalIntervalMs)

  // The one place that learns of registry changes: deltas and push belong here.
  async function fetchRegistry(): Promise<number> {
    try {
      cache.replaceAll(await api.fetchApplications())
      problems.over('fetch')
    } catch (error) {
      problems.report('fetch', `The registry cannot be read; the last known instances are used: ${messageOf(error)}.`)
      return Math.min(RETRY_MS, options.registryFetchIntervalMs)
    }
    // A registry that lost its memory is told at once, not only at the next renewal.
    if (registration && isRegistered && !cache.has(instanceIdOf(registration))) renewing.runSoon()
    return options.registryFetchIntervalMs
  }

  async function renewOrRegister(): Promise<number> {
    if (!registration) return options.renewalIntervalMs
    try {
      isRegistered = isRegistered && (await api.renew(registration))
      if (!isRegistered) await api.register(registration)
      isRegistered = true
      problems.over('register')
      return options.renewalIntervalMs
    } catch (error) {
      problems.report('register', `${registration.appName} cannot be registered: ${messageOf(error)}.`)
      return Math.min(RETRY_MS, options.renewalIntervalMs)
    }
  }

  async function begin(...chosen: Repeater[]): Promise<void> {
    if (repeaters.length > 0 || stopped) throw new Error('A Eureka client is started once.')
    repeaters.push(...chosen)
    await Promise.all(chosen.map((repeater) => repeater.run()))
  }

  async function stop(): Promise<void> {
    stopping.abort()
    await Promise.all(repeaters.map((repeater) => repeater.stop()))
    if (!registration) return
    try {
      await api.cancel(registration)
    } catch (error) {
      options.onProblem(`${registration.appName} could not be deregistered; its lease will end: ${messageOf(error)}.`)
    }
  }

  return {
    async start(self) {
      registration = self
      await begin(fetching, renewing)
    },
    fetchOnly: () => begin(fetching),
    stop: () => (stopped ??= stop()),
    instances: cache.instances,
    pick: cache.pick,
    refresh: () => (stopped ? Promise.resolve() : fetching.run()),
    onChange: cache.onChange,
  }
}

/** Tells of a problem when it begins, not at each of the tries that follow, and not of requests that stopping cut off. */
function createProblemReporter(onProblem: (problem: string) => void, stopping: AbortSignal) {
  const known = new Set<string>()
  return {
    report(kind: string, problem: string): void {
      if (known.has(kind) || stopping.aborted) return
      known.add(kind)
      onProblem(problem)
    },
    over: (kind: string) => void known.delete(kind),
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
