/** A registry's REST operations as any program without a Eureka client would use them; an instance is ours only by its id. */
export interface Rest {
  /** Registers an instance as UP, at port 8080, with a lease of 90 s; `changes` replaces members. */
  register(app: string, id: string, changes?: Record<string, unknown>): Promise<void>
  cancel(app: string, id: string): Promise<void>
  /** Answers the status code. `dirtyTimestamp` says how new the instance is that says that it lives. */
  heartbeat(app: string, id: string, dirtyTimestamp?: number): Promise<number>
  overrideStatus(app: string, id: string, status: string): Promise<void>
  removeOverride(app: string, id: string): Promise<void>
  putMetadata(app: string, id: string, entries: Record<string, string>): Promise<void>
  /** What the registry knows of one instance; undefined when nothing. */
  instance(app: string, id: string): Promise<InstanceJson | undefined>
  /** Every instance, as `GET apps` lists it. */
  instances(): Promise<InstanceJson[]>
}

export interface InstanceJson {
  instanceId: string
  hostName: string
  app: string
  status: string
  overriddenStatus: string
  port: { $: number; '@enabled': string }
  vipAddress?: string
  leaseInfo: { durationInSecs: number; renewalIntervalInSecs: number; lastRenewalTimestamp: number }
  metadata: Record<string, string>
  lastDirtyTimestamp: string
}

const TIMEOUT_MS = 10_000
const HEADERS = { accept: 'application/json', 'content-type': 'application/json' }

/** Makes the operations of the registry at a service URL. They reject when the registry refuses. */
export function restOf(serviceUrl: string, { asPeer = false } = {}): Rest {
  // What a peer says is not passed on.
  const headers = { ...HEADERS, ...(asPeer ? { 'x-netflix-discovery-replication': 'true' } : {}) }

  async function ask(method: string, path: string, accepted: readonly number[], body?: unknown): Promise<Response> {
    const response = await fetch(new URL(path, serviceUrl), {
      method,
      headers,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!accepted.includes(response.status)) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response
  }
  return {
    async register(app, id, changes = {}) {
      await ask('POST', `apps/${app}`, [204], { instance: { ...anInstance(app, id), ...changes } })
    },
    async cancel(app, id) {
      await ask('DELETE', `apps/${app}/${id}`, [200])
    },
    async heartbeat(app, id, dirtyTimestamp) {
      const age = dirtyTimestamp === undefined ? '' : `&lastDirtyTimestamp=${dirtyTimestamp}`
      return (await ask('PUT', `apps/${app}/${id}?status=UP${age}`, [200, 404])).status
    },
    async overrideStatus(app, id, status) {
      await ask('PUT', `apps/${app}/${id}/status?value=${status}`, [200])
    },
    async removeOverride(app, id) {
      await ask('DELETE', `apps/${app}/${id}/status?value=UP`, [200])
    },
    async putMetadata(app, id, entries) {
      await ask('PUT', `apps/${app}/${id}/metadata?${new URLSearchParams(entries)}`, [200])
    },
    async instance(app, id) {
      const response = await ask('GET', `apps/${app}/${id}`, [200, 404])
      return response.status === 404 ? undefined : ((await response.json()) as { instance: InstanceJson }).instance
    },
    async instances() {
      const { applications } = (await (await ask('GET', 'apps/', [200])).json()) as {
        applications: { application: { instance: InstanceJson[] }[] }
      }
      return applications.application.flatMap(({ instance }) => instance)
    },
  }
}

function anInstance(app: string, id: string) {
  return {
    instanceId: id,
    hostName: '127.0.0.1',
    app,
    ipAddr: '127.0.0.1',
    status: 'UP',
    overriddenStatus: 'UNKNOWN',
    port: { $: 8080, '@enabled': 'true' },
    securePort: { $: 443, '@enabled': 'false' },
    countryId: 1,
    dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
    leaseInfo: { renewalIntervalInSecs: 30, durationInSecs: 90 },
    metadata: {},
    vipAddress: app.toLowerCase(),
    secureVipAddress: app.toLowerCase(),
    isCoordinatingDiscoveryServer: 'false',
    lastUpdatedTimestamp: String(Date.now()),
    lastDirtyTimestamp: String(Date.now()),
  }
}
