import { type ClientOptions, type ClientSettings, zonesOf } from './options/client-options.ts'
import type { InstanceOptions, InstanceSettings } from './options/instance-options.ts'
import { checkOptions, resolveClientOptions, resolveInstanceOptions } from './options/options.ts'
import { createProblems, messageOf } from './problems.ts'
import { createRegistryReader, type RegistryReader } from './reader/registry-reader.ts'
import { createRegistrar, type HealthCheck, type Registrar } from './registrar/registrar.ts'
import type { Instance, InstanceStatus } from './registry/instance.ts'
import { type Application, type ChangeListener, createRegistryCache } from './registry/registry-cache.ts'
import { apiOver, type EurekaApi } from './servers/eureka-api.ts'
import { createRequester } from './servers/requester.ts'
import { createServerList } from './servers/server-list.ts'

export interface EurekaClientOptions {
  /** Spring's `eureka.client.*`. */
  client?: ClientOptions | undefined
  /** Spring's `eureka.instance.*`; what is not known yet, e.g. the port, can be given to `start`. */
  instance?: InstanceOptions | undefined
  /** Asked for the status every `instanceInfoReplicationIntervalSeconds`; one that fails or is late means DOWN. */
  healthCheck?: HealthCheck | undefined
  /** Hears, once per outage, what does not work. The client goes on trying. Default: nobody hears. */
  onProblem?: ((problem: string) => void) | undefined
  /** Default: the global fetch. Give another for a proxy or certificates. */
  fetch?: typeof fetch | undefined
  /** From 0 to below 1, for the order of servers and turns. Default: Math.random. */
  random?: (() => number) | undefined
}

/** Finds others in a Eureka registry and is found there. */
export interface EurekaClient {
  /**
   * Fetches the registry, registers and keeps both up to date. Resolves after the first try even when the registry
   * cannot be reached; the client then goes on trying. `instance` is laid over the options given before. Call once.
   * Errors: a plain Error for bad options, or (`shouldEnforceRegistrationAtInit`) when the first registration fails.
   */
  start(instance?: InstanceOptions): Promise<void>
  /** Ends renewals, fetches and the stream, and deregisters (1 s at most). Never rejects; idempotent. */
  stop(): Promise<void>
  /** The instances of an application, by name in any case, from the cache: UP ones unless `filterOnlyUpInstances` is off. */
  instances(appName: string): readonly Instance[]
  /** The same by VIP address, in any case. `secure`: by secure VIP address. */
  instancesByVip(vipAddress: string, options?: { secure?: boolean }): readonly Instance[]
  /** One of an application's instances, in turn; of the own zone while there is one. */
  pick(appName: string): Instance | undefined
  /** Every application with its instances. */
  applications(): Application[]
  /** Fetches the registry now. Calls at the same time share one fetch. Never rejects: a failure keeps the cache. */
  refresh(): Promise<void>
  /** Calls the listener after each change of the cache; answers the function that ends it. */
  onChange(listener: ChangeListener): () => void
  /**
   * Tells the registry another status of this instance, soon. A registry leaves an instance that is UP in service
   * when it registers as OUT_OF_SERVICE: for that use `overrideStatus`. Errors: a plain Error when it does not register.
   */
  setStatus(status: InstanceStatus): void
  /** Lays entries over the metadata and tells the registry, soon. Errors: as `setStatus`. */
  setMetadata(entries: Readonly<Record<string, string>>): void
  /** Has the registry treat this instance as of this status whatever it says itself, until `removeOverride`. False: unknown. */
  overrideStatus(status: InstanceStatus): Promise<boolean>
  removeOverride(): Promise<boolean>
}

/**
 * Makes a client; nothing happens until `start`. While the registry is down the last cache serves; an instance that the
 * registry has lost (404 on renewal, or missing from its list) registers again.
 * Errors: one plain Error that names every option that is unknown or bad.
 */
export function createEurekaClient(options: EurekaClientOptions = {}): EurekaClient {
  checkOptions(options, ['healthCheck', 'onProblem', 'fetch', 'random'])
  const { fetch = globalThis.fetch, random, onProblem = () => undefined } = options
  const settings = resolveClientOptions(options.client)
  const zone = options.instance?.metadataMap?.zone ?? zonesOf(settings)[0]
  const stopping = new AbortController()
  const { signal } = stopping
  const problems = createProblems(onProblem, signal)
  const servers = createServerList({ settings, zone, signal, ...(random ? { random } : {}) })
  const requester = createRequester({ servers, settings, fetch, signal })
  const api = apiOver(requester)
  const cache = createRegistryCache({
    onlyUp: settings.filterOnlyUpInstances,
    zone,
    onListenerError: (error) => onProblem(`A listener to registry changes failed: ${messageOf(error)}.`),
    ...(random ? { random } : {}),
  })
  const isWholeRegistryKnown = settings.registryRefreshSingleVipAddress === ''
  const reader = createRegistryReader({ api, requester, servers, settings, fetch, cache, problems, signal, random, onFresh })
  let own: Own | undefined
  let isStarted = false
  let stopped: Promise<void> | undefined

  // A registry that lost its memory is told at once, not only at the next renewal.
  function onFresh(): void {
    if (!own?.registrar.isRegistered() || !isWholeRegistryKnown) return
    if (!cache.has(own.instance.appname, own.instance.instanceId)) own.registrar.renewSoon()
  }

  async function start(changes?: InstanceOptions): Promise<void> {
    if (isStarted || stopped) throw new Error('A Eureka client is started once.')
    const instance = resolveInstanceOptions(options.instance, changes)
    isStarted = true
    if (!settings.enabled) return
    if (settings.registerWithEureka) {
      const { healthCheck } = options
      own = { instance, registrar: createRegistrar({ api, settings, instance, healthCheck, problems, signal }) }
    }
    await Promise.all([own?.registrar.start(), settings.fetchRegistry ? reader.start() : undefined])
    if (own && settings.shouldEnforceRegistrationAtInit && !own.registrar.isRegistered() && !stopped) {
      await stop()
      throw new Error(`${instance.appname} could not be registered at the start, as shouldEnforceRegistrationAtInit asks.`)
    }
  }

  function stop(): Promise<void> {
    stopped ??= end({ stopping, own, reader, api, settings, onProblem })
    return stopped
  }

  function ownNow(): Own {
    if (own) return own
    throw new Error('This Eureka client registers no instance: it is not started, or registerWithEureka is false.')
  }

  function ownKey() {
    const { appname, instanceId } = ownNow().instance
    return { appName: appname, instanceId }
  }

  return {
    start,
    stop,
    instances: cache.instances,
    instancesByVip: cache.instancesByVip,
    pick: cache.pick,
    applications: cache.applications,
    refresh: () => (stopped || !settings.enabled || !settings.fetchRegistry ? Promise.resolve() : reader.refresh()),
    onChange: cache.onChange,
    setStatus: (status) => ownNow().registrar.setStatus(status),
    setMetadata: (entries) => ownNow().registrar.setMetadata(entries),
    overrideStatus: async (status) => api.overrideStatus(ownKey(), status),
    removeOverride: async () => api.removeOverride(ownKey()),
  }
}

/** The own instance and who keeps it registered. */
interface Own {
  instance: InstanceSettings
  registrar: Registrar
}

interface Ending {
  stopping: AbortController
  own: Own | undefined
  reader: RegistryReader
  api: EurekaApi
  settings: ClientSettings
  onProblem(problem: string): void
}

async function end({ stopping, own, reader, api, settings, onProblem }: Ending): Promise<void> {
  stopping.abort()
  await Promise.all([own?.registrar.stop(), reader.stop()])
  if (!own || !settings.shouldUnregisterOnShutdown) return
  const { appname, instanceId } = own.instance
  try {
    await api.cancel({ appName: appname, instanceId })
  } catch (error) {
    onProblem(`${appname} could not be deregistered; its lease will end: ${messageOf(error)}.`)
  }
}
