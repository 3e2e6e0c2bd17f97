import { readFileSync } from 'node:fs'
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { ChangeListener, EurekaClient, Instance, InstanceOptions } from '@order-flow/eureka-client'
import {
  CommonConfig,
  checkConfig,
  createCloser,
  createHealth,
  createHttpServer,
  createLogger,
  createMetrics,
  mergeTrees,
  type Service,
} from '@order-flow/service-kit'
import { testTokens } from '@order-flow/service-kit/testing'
import { Type } from 'typebox'
import { parse } from 'yaml'
import { Config, createApp } from '../src/app.ts'

const running: (() => Promise<void>)[] = []

/** Stops whatever was started here, last first: for `afterEach`. */
export async function stopAll(): Promise<void> {
  for (let stop = running.pop(); stop; stop = running.pop()) await stop()
}

const CONFIG_FILE = new URL('../../config-repo/api-gateway.yml', import.meta.url)

/** A registry that knows what a test tells it. */
export interface FakeDiscovery extends EurekaClient {
  set(service: string, ...urls: string[]): void
  registration: InstanceOptions | undefined
  isDeregistered: boolean
  /** What the registry will say at the next refresh. */
  atRefresh: Record<string, string[]>
}

export function fakeDiscovery(): FakeDiscovery {
  const services = new Map<string, Instance[]>()
  const listeners = new Set<ChangeListener>()
  const discovery: FakeDiscovery = {
    registration: undefined,
    isDeregistered: false,
    atRefresh: {},
    set(service, ...urls) {
      services.set(
        service,
        urls.map((url) => instanceAt(service, url)),
      )
      for (const listener of listeners) listener([])
    },
    async start(registration) {
      discovery.registration = registration
    },
    async stop() {
      discovery.isDeregistered = true
    },
    instancesByVip: (vipAddress) => services.get(vipAddress) ?? [],
    applications: () => [...services].map(([name, instances]) => ({ name, instances })),
    setStatus() {},
    setMetadata() {},
    overrideStatus: async () => true,
    removeOverride: async () => true,
    instances: (service) => services.get(service) ?? [],
    pick: (service) => services.get(service)?.[0],
    async refresh() {
      for (const [service, urls] of Object.entries(discovery.atRefresh)) discovery.set(service, ...urls)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return discovery
}

function instanceAt(service: string, url: string): Instance {
  const { hostname, port } = new URL(url)
  return {
    instanceId: `${hostname}:${service}:${port}`,
    appName: service.toUpperCase(),
    host: hostname,
    port: Number(port),
    url,
    status: 'UP',
    metadata: {},
  }
}

export interface GatewayOptions {
  /** Routes instead of those of config-repo. */
  routes?: unknown[]
  gateway?: Record<string, unknown>
  webDir?: string
}

export interface TestGateway {
  url: string
  port: number
  host: string
  managementUrl: string
  discovery: FakeDiscovery
  /** The lines of the log so far. */
  logs: Record<string, unknown>[]
  send(path: string, options?: SendOptions): Promise<Answer>
  stop(): Promise<void>
}

/** Starts the real gateway with the routes of config-repo, in front of a fake registry. */
export async function startGateway(options: GatewayOptions = {}): Promise<TestGateway> {
  const logs: Record<string, unknown>[] = []
  const metrics = createMetrics('api-gateway')
  const health = createHealth()
  const logger = createLogger('info', { write: (line) => void logs.push(JSON.parse(line)) })
  const closer = createCloser()
  const http = createHttpServer({ name: 'api-gateway', version: 'test', logger, health, metrics })
  const discovery = fakeDiscovery()
  const service: Service<Config> = {
    name: 'api-gateway',
    config: testConfig(options),
    dataDir: '/nowhere',
    logger,
    closer,
    health,
    metrics,
    http,
    discovery,
    tokens: testTokens,
    start: () => Promise.reject(new Error('The gateway starts itself.')),
    listen: () => Promise.reject(new Error('The gateway starts itself.')),
    stop: () => closer.close(),
  }
  const app = createApp(service, { webDir: options.webDir ?? '/nowhere' })
  running.push(app.stop)
  const url = await app.start()
  const { port, host } = new URL(url)
  const managementUrl = `http://127.0.0.1:${discovery.registration?.metadataMap?.['management.port']}`
  return {
    url,
    port: Number(port),
    host,
    managementUrl,
    discovery,
    logs,
    send: (path, request) => send(url, path, request),
    stop: app.stop,
  }
}

/** The configuration as the config server would give it, on a free port. */
export function testConfig({ routes, gateway = {} }: GatewayOptions): Config & CommonConfig {
  const tree = camelCaseKeys(parse(readFileSync(CONFIG_FILE, 'utf8'))) as Record<string, unknown> // the file is a map
  const over: Record<string, unknown> = {
    server: { port: 0 },
    eureka: { client: { serviceUrl: { defaultZone: 'http://127.0.0.1:1/eureka' } } },
    gateway,
    ...(routes ? { spring: { cloud: { gateway: { server: { webflux: { routes } } } } } } : {}),
  }
  return checkConfig(Type.Intersect([CommonConfig, Config]), mergeTrees(tree, over), () => 'the test')
}

function camelCaseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCaseKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key.replace(/-(\w)/g, (_, letter) => letter.toUpperCase()), camelCaseKeys(member)]),
  )
}

export interface Upstream {
  url: string
  server: Server
  /** What arrived, in order. */
  requests: IncomingMessage[]
  stop(): Promise<void>
}

/** A service behind the gateway. Default: answers every request with what it saw of it, as JSON. */
export async function startUpstream(handler: RequestListener = echo, port = 0): Promise<Upstream> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    handler(request, response)
  })
  const sockets = new Set<Socket>() // upgraded ones too, which the server itself forgets
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  async function stop(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  running.push(stop)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, requests, stop } // listens on TCP
}

const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    const seen = { method: request.method, url: request.url, headers: request.headers, raw: request.rawHeaders, bytes: body.length }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(seen))
  })
}

/** What the default upstream saw of a request. */
export interface Seen {
  method: string
  url: string
  headers: Record<string, string | undefined>
  raw: string[]
  bytes: number
}

export interface SendOptions {
  method?: string
  headers?: OutgoingHttpHeaders
  body?: string | Buffer
  /** A user `id:role,role`, sent as bearer token. */
  as?: string
}

export interface Answer {
  status: number
  headers: IncomingMessage['headers']
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  json: any
}

/** Sends a request as it is: nothing of the path is normalised. */
export function send(base: string, path: string, { method = 'GET', headers = {}, body, as }: SendOptions = {}): Promise<Answer> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const all = {
      ...headers,
      ...(as ? { authorization: `Bearer ${as}` } : {}),
      ...(body ? { 'content-length': Buffer.byteLength(body), ...headers } : {}),
    }
    const request = httpRequest({ hostname, port, path, method, headers: all, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const isJson = response.headers['content-type']?.includes('json')
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: isJson && text ? JSON.parse(text) : undefined })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Sends bytes and answers everything that came back until the connection closed or nothing came for `quietMs`. */
export function sendRaw(port: number, text: string, quietMs = 300): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'))
    let received = ''
    socket.setTimeout(quietMs, () => socket.destroy())
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(received))
  })
}

/** Waits until the condition holds; fails after 3 s. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    if (waited > 3000) throw new Error(`It did not come to this within 3 s: ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
