import type { ClientSettings } from '../options/client-options.ts'
import type { InstanceSettings } from '../options/instance-options.ts'
import { messageOf, type Problems, retryMs } from '../problems.ts'
import type { InstanceStatus } from '../registry/instance.ts'
import { createRepeater, type Repeater } from '../repeater.ts'
import type { EurekaApi, InstanceKey } from '../servers/eureka-api.ts'
import { within } from '../servers/within.ts'
import { createOwnInstance } from './own-instance.ts'
import { registrationBody } from './registration.ts'
import { createTokenBucket } from './token-bucket.ts'

/** Asked how the instance is; is given its status now. No answer: it stays as it is. */
export type HealthCheck = (status: InstanceStatus) => InstanceStatus | undefined | Promise<InstanceStatus | undefined>

/** Keeps one instance registered. */
export interface Registrar {
  /** Registers, after the first health check. Resolves after the first try; the registrar goes on trying. */
  start(): Promise<void>
  isRegistered(): boolean
  setStatus(status: InstanceStatus): void
  setMetadata(entries: Readonly<Record<string, string>>): void
  /** The registry seems to have lost the instance: renews at once, which finds out. */
  renewSoon(): void
  /** Ends renewals; does not deregister. */
  stop(): Promise<void>
}

export interface RegistrarOptions {
  api: Pick<EurekaApi, 'register' | 'heartbeat'>
  settings: ClientSettings
  instance: InstanceSettings
  healthCheck?: HealthCheck | undefined
  problems: Problems
  /** Ends the wait for a health check. */
  signal: AbortSignal
  now?: () => number
}

/** How many changes are told at once before they are told only now and then. */
const BURST = 2

/** Makes a registrar; nothing happens until `start`. */
export function createRegistrar({ api, settings, instance, healthCheck, problems, signal, now = Date.now }: RegistrarOptions): Registrar {
  const key: InstanceKey = { appName: instance.appname, instanceId: instance.instanceId }
  const renewalMs = instance.leaseRenewalIntervalInSeconds * 1000
  const replicationMs = settings.instanceInfoReplicationIntervalSeconds * 1000
  const own = createOwnInstance({ status: instance.initialStatus, metadata: instance.metadataMap }, now)
  const bucket = createTokenBucket({ burst: BURST, periodMs: replicationMs / BURST, now })
  const renewing = createRepeater(renewOrRegister, renewalMs)
  const checking = createRepeater(checkHealth, replicationMs)
  let isRegistered = false
  let failures = 0
  // When the next change is to be told; undefined when none waits for its turn.
  let tellAtMs: number | undefined

  async function renewOrRegister(): Promise<number> {
    tellAtMs = undefined
    try {
      if (isRegistered && !own.isDirty()) await heartbeat()
      if (!isRegistered || own.isDirty()) await register()
      failures = 0
      problems.over('register')
      return own.isDirty() ? nextTellMs() : renewalMs
    } catch (error) {
      problems.report('register', `${instance.appname} cannot be registered: ${messageOf(error)}.`)
      return retryMs(++failures, renewalMs)
    }
  }

  async function heartbeat(): Promise<void> {
    isRegistered = await api.heartbeat(key, own.state())
    if (!isRegistered) own.touch()
  }

  async function register(): Promise<void> {
    const state = own.state()
    await api.register(instance.appname, registrationBody(instance, state))
    isRegistered = true
    own.told(state)
  }

  // Changes that come while one waits for its turn are told with it.
  function tellSoon(hasChanged: boolean): void {
    if (hasChanged && isRegistered) renewing.runSoon(nextTellMs())
  }

  function nextTellMs(): number {
    if (!settings.onDemandUpdateStatusChange) return renewalMs
    tellAtMs ??= now() + bucket.take()
    return Math.max(0, tellAtMs - now())
  }

  async function checkHealth(): Promise<number> {
    if (!healthCheck) return replicationMs
    try {
      const status = await within(replicationMs, signal, async () => healthCheck(own.state().status))
      if (status !== undefined) tellSoon(own.setStatus(status))
      problems.over('health')
    } catch (error) {
      problems.report('health', `The health check of ${instance.appname} failed, so it counts as DOWN: ${messageOf(error)}.`)
      tellSoon(own.setStatus('DOWN'))
    }
    return replicationMs
  }

  const repeaters: Repeater[] = healthCheck ? [checking, renewing] : [renewing]
  return {
    async start() {
      for (const repeater of repeaters) if (!signal.aborted) await repeater.run()
    },
    isRegistered: () => isRegistered,
    setStatus: (status) => tellSoon(own.setStatus(status)),
    setMetadata: (entries) => tellSoon(own.setMetadata(entries)),
    renewSoon: () => renewing.runSoon(),
    async stop() {
      await Promise.all(repeaters.map((repeater) => repeater.stop()))
    },
  }
}
