import { availableParallelism } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { advertisedHost, projectVersion, type Service } from '@order-flow/service-kit'
import type { Config } from './config.ts'
import type { InstanceInfo } from './registry/instance.ts'
import type { StatusFacts } from './wire/status-page.ts'

/** What this process says of itself. */
export interface ServerFacts {
  version: string
  startedAtMs: number
  /** Such as `test` or `production`; only shown. */
  environment: string
  dataCenter: string
  /** Memory in use, bytes. */
  memoryBytes: number
}

/** Reads the facts about this process for those who look after it; `startedAtMs` is now. */
export function createServerFacts({ name, config, http }: Service<Config>, now: () => number) {
  const startedAtMs = now()
  const version = projectVersion()
  const { environment, datacenter: dataCenter } = config.eureka

  function self(): InstanceInfo {
    const host = advertisedHost(config.server.address, config.eureka.instance.hostname)
    const address = http.server.address()
    const port = typeof address === 'object' && address ? address.port : config.server.port
    return { ...OF_ITSELF, ...namesAt({ name, host, port }), lastDirtyTimestamp: startedAtMs, metadata: { version } }
  }

  return {
    server: (): ServerFacts => ({ version, startedAtMs, environment, dataCenter, memoryBytes: process.memoryUsage.rss() }),

    status(peers: StatusFacts['peers']): StatusFacts {
      const { heap_size_limit: memoryLimitBytes, used_heap_size: memoryUsedBytes } = getHeapStatistics()
      const uptimeMs = now() - startedAtMs
      return { cpus: availableParallelism(), memoryLimitBytes, memoryUsedBytes, uptimeMs, startedAtMs, peers, self: self() }
    },
  }
}

const OF_ITSELF = {
  status: 'UP',
  overriddenStatus: 'UNKNOWN',
  securePort: { number: 443, enabled: false },
  countryId: 1,
  dataCenterInfo: { name: 'MyOwn' },
  renewalIntervalSecs: 30,
  durationSecs: 90,
  isCoordinatingDiscoveryServer: false,
} as const satisfies Partial<InstanceInfo>

function namesAt({ name, host, port }: { name: string; host: string; port: number }) {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    instanceId: `${host}:${name}:${port}`,
    hostName: host,
    app: name.toUpperCase(),
    ipAddr: host,
    port: { number: port, enabled: true },
    vipAddress: name,
    secureVipAddress: name,
    homePageUrl: `${url}/`,
    statusPageUrl: `${url}/actuator/info`,
    healthCheckUrl: `${url}/actuator/health`,
  }
}
