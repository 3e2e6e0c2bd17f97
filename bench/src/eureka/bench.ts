import { EXIT, Failure } from '../command.ts'
import { machineFacts } from '../machine.ts'
import { readProfiles, type ThreadProfile } from '../profile.ts'
import { onSystemClock } from '../window.ts'
import { whyNoJava } from './java-server.ts'
import { type Measured, measureServer } from './measure-server.ts'
import { openServer } from './open-server.ts'
import type { EurekaOptions } from './options.ts'
import type { Kind, RegistryServer } from './registry-server.ts'
import type { EurekaResults, LoadName, ServerResults, SizeResults } from './results.ts'

export interface EurekaBenchParts {
  options: EurekaOptions
  /** Gets a line now and then. */
  log: (line: string) => void
  signal: AbortSignal
}

/** Measures the registries, one after the other, with each number of instances; each begins empty. */
export async function runEurekaBench(parts: EurekaBenchParts): Promise<EurekaResults> {
  const { options } = parts
  const startedAt = new Date().toISOString()
  const machine = await machineFacts()
  const { kinds, notMeasured } = await kindsFor(options)
  const sizes: SizeResults[] = []
  for (const instances of options.instances) {
    const servers: SizeResults['servers'] = {}
    for (const kind of kinds) servers[kind] = await measureKind(parts, kind, instances)
    sizes.push({ instances, servers })
  }
  const { seconds: secondsEach, warmUpSeconds, connections, perApplication, samples: latencySamples } = options
  return { startedAt, machine, load: { secondsEach, warmUpSeconds, connections, perApplication, latencySamples }, notMeasured, sizes }
}

async function kindsFor({ server, url }: EurekaOptions): Promise<{ kinds: Kind[]; notMeasured: EurekaResults['notMeasured'] }> {
  if (url !== undefined) return { kinds: ['running'], notMeasured: {} }
  if (server === 'ours') return { kinds: ['ours'], notMeasured: {} }
  const reason = await whyNoJava()
  if (reason === undefined) return { kinds: server === 'java' ? ['java', 'java-tuned'] : ['ours', 'java', 'java-tuned'], notMeasured: {} }
  if (server !== undefined) throw new Failure(EXIT.badInput, `${reason}.`)
  return { kinds: ['ours'], notMeasured: { java: reason } }
}

async function measureKind({ options, log, signal }: EurekaBenchParts, kind: Kind, instances: number): Promise<ServerResults> {
  const server = await openServer(kind, { ...options, instances, signal })
  log(`${kind}: ${instances} instances`)
  try {
    const { windows, ...measured } = await measureServer(server, { ...options, instances, log, signal }).finally(() => server.stop())
    return { facts: server.facts, startMs: server.startMs, ...measured, profiles: await profilesOf(server, windows) }
  } finally {
    await server.dispose()
  }
}

/** The process writes its profile when it ends. */
async function profilesOf({ profileFolder, kind, pid }: RegistryServer, windows: Measured['windows']): Promise<ServerResults['profiles']> {
  if (profileFolder === undefined) return {}
  const names = new Map([[pid ?? 0, kind]])
  const entries: [string, ThreadProfile[]][] = []
  for (const [name, window] of Object.entries(windows))
    entries.push([name, await readProfiles(profileFolder, names, onSystemClock(window))])
  return Object.fromEntries(entries) as Partial<Record<LoadName, ThreadProfile[]>> // the names are those of the windows
}
