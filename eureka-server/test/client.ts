/** What tests ask of a registry, in few words. */
export function clientOf(serviceUrl: string) {
  const ask = (method: string, path: string, body?: unknown) =>
    fetch(serviceUrl + path, {
      method,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

  /** Every instance as `APP/id STATUS`, sorted. */
  async function list(): Promise<string[]> {
    const answer = await ask('GET', 'apps')
    const { applications } = (await answer.json()) as { applications: { application: { instance: WireInstance[] }[] } }
    return applications.application
      .flatMap(({ instance }) => instance)
      .map(({ app, instanceId, status }) => `${app}/${instanceId} ${status}`)
      .sort()
  }

  return {
    ask,
    list,
    async register(instanceId: string, changes: Record<string, unknown> = {}): Promise<void> {
      const instance = { instanceId, hostName: 'web1', app: 'ORDERS', ipAddr: '10.1.2.3', dataCenterInfo: { name: 'MyOwn' }, ...changes }
      const { status } = await ask('POST', `apps/${instance.app}`, { instance })
      if (status !== 204) throw new Error(`The registration was answered ${status}.`)
    },
    renew: async (instanceId: string) => (await ask('PUT', `apps/ORDERS/${instanceId}?status=UP`)).status,
    cancel: async (instanceId: string) => (await ask('DELETE', `apps/ORDERS/${instanceId}`)).status,
    override: async (instanceId: string, status: string) => (await ask('PUT', `apps/ORDERS/${instanceId}/status?value=${status}`)).status,
    removeOverride: async (instanceId: string, status = 'UP') =>
      (await ask('DELETE', `apps/ORDERS/${instanceId}/status?value=${status}`)).status,
    addMetadata: async (instanceId: string, query: string) => (await ask('PUT', `apps/ORDERS/${instanceId}/metadata?${query}`)).status,
    async instance(instanceId: string): Promise<WireInstance> {
      const { instance } = (await (await ask('GET', `apps/ORDERS/${instanceId}`)).json()) as { instance: WireInstance }
      return instance
    },
  }
}

interface WireInstance {
  app: string
  instanceId: string
  status: string
  overriddenStatus: string
  metadata: Record<string, string>
  lastDirtyTimestamp: string
}
