import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openService, silentLogger } from '@order-flow/service-kit'
import { Config, createApp, name } from '../src/app.ts'

/** Starts a registry that really listens; its configuration comes over HTTP, from a server that gives these settings. */
export async function startRegistry(settings: Record<string, unknown> = {}) {
  const source = { 'server.port': 0, 'eureka.client.serviceUrl.defaultZone': 'http://127.0.0.1:1/eureka', ...settings }
  const environment = { name, profiles: ['default'], label: null, version: null, state: null, propertySources: [{ name: 'test', source }] }
  const configServer = createServer((_request, response) => response.end(JSON.stringify(environment))).listen(0, '127.0.0.1')
  await once(configServer, 'listening')
  const address = configServer.address()
  const dataDir = await mkdtemp(join(tmpdir(), 'eureka-server-'))
  try {
    const service = await openService(name, Config, {
      configServerUrl: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
      dataDir,
      profile: 'default',
      version: '0.0.0',
      logger: silentLogger,
      overrides: {},
    })
    const app = createApp(service)
    const url = await app.start()
    return { url, serviceUrl: `${url}/eureka/`, port: Number(new URL(url).port), stop: app.stop }
  } finally {
    configServer.closeAllConnections()
    configServer.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

export type RunningRegistry = Awaited<ReturnType<typeof startRegistry>>
