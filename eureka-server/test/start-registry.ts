import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Logger, openService, silentLogger } from '@order-flow/service-kit'
import { Config, createApp, name } from '../src/app.ts'

const ZONE = 'eureka.client.serviceUrl.defaultZone'
// The only address in the list is its own.
const NO_PEERS = { [ZONE]: 'http://127.0.0.1:1/eureka', 'eureka.server.myUrl': 'http://127.0.0.1:1/eureka' }

export interface RegistryOptions {
  /** Kept when it stops. Default: a folder of its own. */
  dataDir?: string
  /** Default: silent. */
  logger?: Logger
}

/** Starts a registry that really listens; its configuration comes over HTTP, from a server that gives these settings. */
export async function startRegistry(settings: Record<string, unknown> = {}, { logger = silentLogger, ...options }: RegistryOptions = {}) {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'eureka-server-')))
  const removeData = () => (options.dataDir === undefined ? rm(dataDir, { recursive: true, force: true }) : undefined)
  const config = await serveSettings({ 'server.port': 0, ...(ZONE in settings ? {} : NO_PEERS), ...settings })
  try {
    const service = await openService(name, Config, {
      configServerUrl: config.url,
      dataDir,
      profile: 'default',
      version: '0.0.0',
      logger,
      overrides: {},
    })
    const app = createApp(service)
    const url = await app.start()
    const stop = async () => {
      await app.stop()
      await removeData()
    }
    return { url, serviceUrl: `${url}/eureka/`, port: Number(new URL(url).port), stop }
  } catch (error) {
    await removeData()
    throw error
  } finally {
    config.stop()
  }
}

async function serveSettings(source: Record<string, unknown>) {
  const environment = { name, profiles: ['default'], label: null, version: null, state: null, propertySources: [{ name: 'test', source }] }
  const server = createServer((_request, response) => response.end(JSON.stringify(environment))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${port}`, stop }
}

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  server.close()
  await once(server, 'close')
  return port
}

export type RunningRegistry = Awaited<ReturnType<typeof startRegistry>>
