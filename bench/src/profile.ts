import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Window } from './window.ts'

/** What V8 writes with `--cpu-prof`, as far as it is used. Times in microseconds of the system's monotonic clock. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
  startTime: number
}

/** Time that was spent in something itself, not in what it called. `share` of the busy time, 0 to 1. */
export interface SelfTime {
  name: string
  share: number
}

/** Where one thread of one process spent its time within the window. */
export interface ThreadProfile {
  process: string
  /** 0 is the main thread. */
  thread: number
  /** 1: busy all the time. */
  busy: number
  /** By workspace folder, npm package or part of Node. */
  packages: SelfTime[]
  functions: SelfTime[]
}

const TOP_PACKAGES = 15
const TOP_FUNCTIONS = 25
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
// `CPU.<date>.<time>.<pid>.<thread>.<number>.cpuprofile`
const FILE_NAME = /^CPU\.\d+\.\d+\.(\d+)\.(\d+)\.\d+\.cpuprofile$/

/** Reads the profiles that processes left in a folder, those that were busy first. `names`: what each process is called. */
export async function readProfiles(folder: string, names: ReadonlyMap<number, string>, window: Window): Promise<ThreadProfile[]> {
  const threads: ThreadProfile[] = []
  for (const file of await readdir(folder)) {
    const [, pid, thread] = FILE_NAME.exec(file) ?? []
    if (pid === undefined) continue
    const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile // Node wrote it
    const process = names.get(Number(pid)) ?? `process ${pid}`
    threads.push({ process, thread: Number(thread), ...summariseProfile(profile, window) })
  }
  return threads.sort((a, b) => b.busy - a.busy)
}

/** Sums up the self times of what was sampled within the window (this machine's monotonic clock, in ms since its zero). */
export function summariseProfile(profile: CpuProfile, window: Window): Omit<ThreadProfile, 'process' | 'thread'> {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const byFunction = new Map<string, number>()
  const byPackage = new Map<string, number>()
  const [fromMicros, toMicros] = [window.fromMs * 1000, window.toMs * 1000]
  let atMicros = profile.startTime
  let busyMicros = 0
  for (const [index, id] of profile.samples.entries()) {
    const tookMicros = profile.timeDeltas[index] ?? 0
    atMicros += tookMicros
    const frame = frames.get(id)
    if (!frame || frame.functionName === '(idle)' || atMicros < fromMicros || atMicros >= toMicros) continue
    busyMicros += tookMicros
    add(byFunction, functionName(frame), tookMicros)
    add(byPackage, packageName(frame), tookMicros)
  }
  return {
    busy: round(busyMicros / (toMicros - fromMicros)),
    packages: top(byPackage, busyMicros, TOP_PACKAGES),
    functions: top(byFunction, busyMicros, TOP_FUNCTIONS),
  }
}

type CallFrame = CpuProfile['nodes'][number]['callFrame']

function functionName({ functionName: name, url, lineNumber }: CallFrame): string {
  if (url === '') return name === '' ? '(native)' : name
  return `${name === '' ? '(anonymous)' : name} ${pathOf(url)}:${lineNumber + 1}`
}

/** `npm fastify`, `order-service`, `libs/messaging`, `node net`; what has no file is engine or native code by its name. */
function packageName({ functionName: name, url }: CallFrame): string {
  if (url === '') return name.startsWith('(') ? name : '(native functions)'
  const path = pathOf(url)
  const npm = /^npm (@[^/]+\/[^/]+|[^/]+)/.exec(path)
  if (npm) return npm[0]
  if (path.startsWith('node:')) return path.replace(/^node:(internal\/)?([^/]+).*/, 'node $2')
  const [first = '', second = ''] = path.split('/')
  return first === 'libs' ? `${first}/${second}` : first
}

/** Relative to this checkout, and to its node_modules as `npm ...`. */
function pathOf(url: string): string {
  const path = url.startsWith('file:') ? fileURLToPath(url) : url
  const inModules = path.split('/node_modules/').at(-1)
  if (inModules !== undefined && inModules !== path) return `npm ${inModules}`
  return path.startsWith(ROOT) ? path.slice(ROOT.length) : path
}

function add(sums: Map<string, number>, name: string, micros: number): void {
  sums.set(name, (sums.get(name) ?? 0) + micros)
}

function top(sums: ReadonlyMap<string, number>, total: number, count: number): SelfTime[] {
  return Array.from(sums, ([name, micros]) => ({ name, share: round(micros / total) }))
    .sort((a, b) => b.share - a.share)
    .slice(0, count)
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
