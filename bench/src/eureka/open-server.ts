import { listenerOf } from '../orders/server-processes.ts'
import { startJavaServer } from './java-server.ts'
import { startOurServer } from './our-server.ts'
import type { Kind, RegistryServer, StartOptions } from './registry-server.ts'

const NOTHING_TO_STOP = { profileFolder: undefined, stop: async () => {}, dispose: async () => {} }

/** Starts a registry, or looks at the one that runs at `url`. Errors: a Failure that says what is wrong. */
export async function openServer(kind: Kind, options: StartOptions & { url: string | undefined }): Promise<RegistryServer> {
  if (kind === 'running') return lookAt(new URL(options.url ?? ''))
  return kind === 'ours' ? startOurServer(options) : startJavaServer(kind, options)
}

function lookAt({ hostname, port, href }: URL): RegistryServer {
  const place = { host: hostname, port: Number(port || 80) }
  const isHere = /^(127\.|localhost$)/.test(hostname)
  return {
    ...NOTHING_TO_STOP,
    kind: 'running',
    place,
    pid: isHere ? listenerOf(place.port) : undefined,
    startMs: null,
    facts: { url: href },
  }
}
