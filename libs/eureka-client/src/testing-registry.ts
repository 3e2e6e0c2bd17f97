import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

export interface SeenRequest {
  method: string
  /** Path and query. */
  path: string
  headers: IncomingMessage['headers']
  body: string
}

/** An instance in Eureka's JSON; tests set what they need. */
export type WireInstance = Record<string, unknown> & { instanceId: string; app: string; status: string }

type Action = 'ADDED' | 'MODIFIED' | 'DELETED'

interface LoggedChange {
  number: number
  instance: WireInstance
  action: Action
}

export interface TestRegistryOptions {
  /** Serves `apps/stream`. Default: false, as Java's servers. */
  hasPush?: boolean
  /** Serves `apps/delta`. Default: true. */
  hasDelta?: boolean
  port?: number
}

/** A small registry for tests: Eureka's REST operations and the stream of changes, of which a test sees and spoils everything. */
export async function startTestRegistry(options: TestRegistryOptions = {}) {
  const requests: SeenRequest[] = []
  const instances = new Map<string, WireInstance>()
  const streams = new Set<{ response: ServerResponse; told: number }>()
  const polls = new Set<() => void>()
  const epoch = Math.random().toString(16).slice(2, 8)
  let log: LoggedChange[] = []
  let number = 0

  const registry = {
    ...options,
    requests,
    /** Answers every request with this status instead. */
    failWith: undefined as number | undefined,
    /** Added to the hash code, to make it wrong. */
    hashSuffix: '',
    url: '',
    port: 0,
    put(instance: WireInstance) {
      const key = `${instance.app}/${instance.instanceId}`
      change(instance, instances.has(key) ? 'MODIFIED' : 'ADDED')
      instances.set(key, instance)
      tell()
    },
    remove(app: string, instanceId: string) {
      const instance = instances.get(`${app}/${instanceId}`)
      if (!instance) return
      instances.delete(`${app}/${instanceId}`)
      change(instance, 'DELETED')
      tell()
    },
    /** The changes that `apps/delta` and resumed streams know of end here. */
    forgetChanges() {
      log = []
    },
    has: (app: string, instanceId: string) => instances.has(`${app}/${instanceId}`),
    streamCount: () => streams.size,
    breakStreams() {
      for (const { response } of streams) response.destroy()
    },
    asked: (method: string, start: string) => requests.filter((each) => each.method === method && each.path.startsWith(start)),
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }

  function change(instance: WireInstance, action: Action): void {
    log.push({ number: ++number, instance, action })
  }

  function applications(list: readonly LoggedChange[] | undefined): string {
    const latest = new Map(list?.map((each) => [`${each.instance.app}/${each.instance.instanceId}`, each]))
    const wire = list ? [...latest.values()].map((each) => ({ ...each.instance, actionType: each.action })) : [...instances.values()]
    const byApp = new Map<string, WireInstance[]>()
    for (const instance of wire) byApp.set(instance.app, [...(byApp.get(instance.app) ?? []), instance])
    const application = [...byApp].map(([name, instance]) => ({ name, instance }))
    return JSON.stringify({ applications: { versions__delta: '1', apps__hashcode: hash() + registry.hashSuffix, application } })
  }

  function hash(): string {
    const counts = new Map<string, number>()
    for (const { status } of instances.values()) counts.set(status, (counts.get(status) ?? 0) + 1)
    return [...counts.keys()]
      .sort()
      .map((status) => `${status}_${counts.get(status)}_`)
      .join('')
  }

  /** The event for who has been told up to `after`; undefined when there is none. */
  function eventAfter(after: number | undefined): { type: string; body: string } | undefined {
    if (after === number) return undefined
    const isKnown = after !== undefined && after >= (log[0]?.number ?? number + 1) - 1
    if (!isKnown) return { type: 'snapshot', body: applications(undefined) }
    return { type: 'changes', body: applications(log.filter((each) => each.number > after)) }
  }

  function numberIn(id: string | null | undefined): number | undefined {
    const [of, text] = id?.split(':') ?? []
    return of === epoch ? Number(text) : undefined
  }

  function tell(): void {
    for (const stream of streams) {
      const event = eventAfter(stream.told)
      if (event) stream.response.write(sseOf(event))
      stream.told = number
    }
    for (const answer of polls) answer()
  }

  function sseOf({ type, body }: { type: string; body: string }): string {
    const half = Math.floor(body.length / 2)
    const cut = body.indexOf(',', half) + 1 // JSON may be broken after a comma
    return `id: ${epoch}:${number}\nevent: ${type}\ndata: ${body.slice(0, cut)}\ndata: ${body.slice(cut)}\n\n`
  }

  function stream(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const told = numberIn(request.headers['last-event-id'] as string | undefined)
    const event = eventAfter(told)
    response.write('retry: 100\n\n')
    response.write(event ? sseOf(event) : ': nothing new\n\n')
    const entry = { response, told: number }
    streams.add(entry)
    response.on('close', () => streams.delete(entry))
  }

  function poll(query: URLSearchParams, response: ServerResponse): void {
    const after = numberIn(query.get('after'))
    const answer = () => {
      const event = eventAfter(after)
      if (!event) return
      polls.delete(answer)
      response.writeHead(200, {
        'content-type': 'application/json',
        'x-eureka-event': event.type,
        'x-eureka-event-id': `${epoch}:${number}`,
      })
      response.end(event.body)
    }
    polls.add(answer)
    answer()
  }

  function read(path: string, request: IncomingMessage, response: ServerResponse): void {
    const body = bodyOf(path)
    if (body === undefined) return void response.writeHead(404).end()
    const isGzipped = request.headers['accept-encoding']?.includes('gzip')
    response.writeHead(200, { 'content-type': 'application/json', ...(isGzipped ? { 'content-encoding': 'gzip' } : {}) })
    response.end(isGzipped ? gzipSync(body) : body)
  }

  function bodyOf(path: string): string | undefined {
    if (path === 'apps/') return applications(undefined)
    if (path === 'apps/delta') return registry.hasDelta === false ? undefined : applications(log)
    if (path.startsWith('vips/') || path.startsWith('svips/')) return applications(undefined)
    const [, app = '', id] = path.split('/')
    const found = [...instances.values()].filter((each) => (path.startsWith('instances/') ? each.instanceId === app : each.app === app))
    if (id === undefined && path.startsWith('apps/')) return found[0] && JSON.stringify({ application: { name: app, instance: found } })
    const instance = id === undefined ? found[0] : found.find((each) => each.instanceId === id)
    return instance && JSON.stringify({ instance })
  }

  function handle({ method, path, body }: SeenRequest, request: IncomingMessage, response: ServerResponse): void {
    if (registry.failWith !== undefined) return void response.writeHead(registry.failWith).end()
    const url = new URL(path, 'http://any')
    const below = decodeURIComponent(url.pathname.slice('/eureka/'.length))
    const [, app = '', id = '', part] = below.split('/')
    if (method === 'GET' && below === 'apps/stream' && registry.hasPush) {
      if (request.headers.accept === 'text/event-stream') stream(request, response)
      else poll(url.searchParams, response)
    } else if (method === 'GET') {
      read(below, request, response)
    } else if (method === 'POST') {
      registry.put((JSON.parse(body) as { instance: WireInstance }).instance) // a test's client writes it
      response.writeHead(204).end()
    } else {
      response.writeHead(registry.has(app, id) ? 200 : 404).end()
      if (method === 'DELETE' && part === undefined) registry.remove(app, id)
    }
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const seen = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      }
      requests.push(seen)
      handle(seen, request, response)
    })
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  registry.port = (server.address() as AddressInfo).port // listens on TCP
  registry.url = `http://127.0.0.1:${registry.port}/eureka/`
  return registry
}

export type TestRegistry = Awaited<ReturnType<typeof startTestRegistry>>

/** An instance as a server tells of it. */
export function aWireInstance(instanceId: string, changes: Partial<WireInstance> = {}): WireInstance {
  return {
    instanceId,
    app: 'ORDERS',
    hostName: '127.0.0.1',
    ipAddr: '127.0.0.1',
    status: 'UP',
    port: { $: 8080, '@enabled': 'true' },
    securePort: { $: 443, '@enabled': 'false' },
    vipAddress: 'orders',
    secureVipAddress: 'orders',
    metadata: {},
    ...changes,
  }
}
