import type { LocalChange } from '../http/writes.ts'
import type { InstanceInfo } from '../registry/instance.ts'
import type { Registry } from '../registry/registry.ts'

export interface SelfParts {
  registry: Registry
  tellPeers(change: LocalChange): void
  now(): number
}

export interface SelfDescription {
  appName: string
  host: string
  port: number
  renewalIntervalSecs: number
  durationSecs: number
}

/**
 * Lists this server among the instances and keeps it there; answers the function that takes it out. Java's servers show a
 * peer as available only when it is registered under the name and host by which they know it.
 */
export function registerSelf(description: SelfDescription, { registry, tellPeers, now }: SelfParts): () => void {
  const { app, instanceId, ...instance } = selfInstance(description, now())

  function register(): void {
    registry.register({ app, instanceId, ...instance }, now())
    tellPeers({ action: 'Register', app, instanceId })
  }

  function renew(): void {
    const { result } = registry.renew(app, instanceId, now(), { origin: 'client' })
    if (result === 'unknown') register()
    else tellPeers({ action: 'Heartbeat', app, instanceId })
  }

  register()
  const timer = setInterval(renew, description.renewalIntervalSecs * 1000)
  return () => {
    clearInterval(timer)
    registry.cancel(app, instanceId, now())
    tellPeers({ action: 'Cancel', app, instanceId })
  }
}

function selfInstance({ appName, host, port, renewalIntervalSecs, durationSecs }: SelfDescription, nowMs: number): InstanceInfo {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    instanceId: `${host}:${appName}:${port}`,
    hostName: host,
    app: appName.toUpperCase(),
    ipAddr: host,
    status: 'UP',
    overriddenStatus: 'UNKNOWN',
    port: { number: port, enabled: true },
    securePort: { number: 443, enabled: false },
    countryId: 1,
    dataCenterInfo: { name: 'MyOwn' },
    renewalIntervalSecs,
    durationSecs,
    metadata: {},
    homePageUrl: `${url}/`,
    statusPageUrl: `${url}/actuator/info`,
    healthCheckUrl: `${url}/actuator/health`,
    vipAddress: appName,
    secureVipAddress: appName,
    isCoordinatingDiscoveryServer: true,
    lastDirtyTimestamp: nowMs,
  }
}
