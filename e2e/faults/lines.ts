import { createEurekaClient, type EurekaClient } from '@order-flow/eureka-client'
import { createFaultProxy, type FaultProxy } from '../src/fault-proxy.ts'

/** A line that can fail, between two parts of the shop. */
export interface Line extends FaultProxy {
  /** What it joins, e.g. `order-service to the database`. */
  name: string
  kind: 'database' | 'broker' | 'gateway'
}

const HOST = '127.0.0.1'
const REGISTRY_WAITS = { eurekaServerConnectTimeoutSeconds: 1, eurekaServerReadTimeoutSeconds: 2 }
const LEASE = { leaseRenewalIntervalInSeconds: 3, leaseExpirationDurationInSeconds: 15 }

/** Lays a line to a server on this machine. */
export async function layLine(name: string, kind: Line['kind'], port: number): Promise<Line> {
  return { name, kind, ...(await createFaultProxy({ host: HOST, port })) }
}

/** An instance of a service that the registry knows twice: under its own address and under that of a line to it. */
export interface Detour {
  line: Line
  close(): Promise<void>
}

/** Has the gateways reach an instance over a line too, by registering the line as one more instance. */
export async function layDetour({ service, url, eureka }: { service: string; url: string; eureka: string }): Promise<Detour> {
  const line = await layLine(`a gateway to ${service}`, 'gateway', Number(new URL(url).port))
  const registry: EurekaClient = createEurekaClient({
    // The registry is broken on purpose: nobody hears of problems, and it is tried again.
    client: { ...REGISTRY_WAITS, serviceUrl: { defaultZone: `${eureka.replace(/\/$/, '')}/eureka/` }, registryFetchIntervalSeconds: 5 },
    instance: { ...LEASE, appname: service, hostname: HOST, nonSecurePort: line.port },
  })
  await registry.start()
  return {
    line,
    async close() {
      await registry.stop()
      await line.close()
    },
  }
}
