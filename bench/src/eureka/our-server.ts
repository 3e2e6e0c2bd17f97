import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DELTA_KEPT_MS, type RegistryServer, type StartOptions } from './registry-server.ts'
import { freePort, HOST, startRegistryProcess } from './started-process.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const SPARE_INSTANCES = 10_000
// Node's own 1,000 would take 4 % of a core.
const PROFILE_EVERY_MICROS = 2000

/** Starts eureka-server as `npm run start:service` does, with its configuration from a source of ours, in a process of its own. */
export async function startOurServer({ instances, perApplication, profile, signal }: StartOptions): Promise<RegistryServer> {
  const place = { host: HOST, port: await freePort() }
  const settings = {
    'server.address': place.host,
    'server.port': place.port,
    // It must have one and uses none.
    'eureka.client.serviceUrl.defaultZone': `http://${HOST}:1/eureka/`,
    // Instances of the benchmark send no heartbeats while reads are measured.
    'eureka.server.enable-self-preservation': false,
    'eureka.server.retention-time-in-m-s-in-delta-queue': DELTA_KEPT_MS,
    'eureka.server.max-instances': instances + SPARE_INSTANCES,
    'eureka.server.max-instances-per-application': Math.max(10_000, perApplication + SPARE_INSTANCES),
  }
  const source = await startConfigSource(settings)
  try {
    const { pid, startMs, profileFolder, stop, dispose } = await startRegistryProcess({
      command: process.execPath,
      args: (folder) => [
        ...(profile ? ['--cpu-prof', `--cpu-prof-interval=${PROFILE_EVERY_MICROS}`, `--cpu-prof-dir=${join(folder, 'profiles')}`] : []),
        join(ROOT, 'launcher', 'src', 'start-service.ts'),
        'eureka-server',
        ...['--config', source.url, '--data', join(folder, 'data')],
      ],
      env: () => ({ LOG_LEVEL: 'warn' }),
      place,
      signal,
    })
    const facts = { node: process.version }
    return { kind: 'ours', place, pid, startMs, facts, profileFolder: profile ? profileFolder : undefined, stop, dispose }
  } finally {
    await source.stop()
  }
}

/** A config server that knows one answer. */
async function startConfigSource(source: Record<string, unknown>): Promise<{ url: string; stop(): Promise<void> }> {
  const environment = {
    name: 'eureka-server',
    profiles: ['default'],
    label: null,
    version: null,
    state: null,
    propertySources: [{ name: 'bench', source }],
  }
  const port = await freePort()
  const server = createServer((_request, response) => response.end(JSON.stringify(environment))).listen(port, HOST)
  await once(server, 'listening')
  return {
    url: `http://${HOST}:${port}`,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
