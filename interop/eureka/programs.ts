import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { delimiter } from 'node:path'
import { createInterface } from 'node:readline'
import { classPathOf, whyNotBuilt } from './build.ts'

/** Why no Java program can be started, for tests to skip by. In CI (ORDER_FLOW_REQUIRE_INTEROP) that is an error. */
export const noPrograms = whyNotBuilt()
if (noPrograms && process.env.ORDER_FLOW_REQUIRE_INTEROP) throw new Error(noPrograms)

/** A Java program that runs. It ends with this process, however that ends. */
export interface Program {
  port: number
  url: string
  /** How often a text stands in what it has printed. */
  printed(text: string): number
  /** The end of what it has printed, for messages. */
  lastOutput(): string
  /** Ends it as an operator does (SIGTERM); answers its exit code. */
  stop(): Promise<number | null>
  /** Ends it without a chance to say anything (SIGKILL). */
  kill(): Promise<void>
  /** Stops its time: it holds its connections and does nothing. */
  pause(): void
  goOn(): void
}

const MAIN_CLASSES = {
  server: 'orderflow.interop.Server',
  client: 'orderflow.interop.Client',
  'client-3.3': 'orderflow.interop.Client',
  gateway: 'orderflow.interop.Gateway',
  netflix: 'orderflow.interop.Netflix',
}
export type ProgramName = keyof typeof MAIN_CLASSES

const HOST = '127.0.0.1'
const START_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 20_000
// Many small programs on few cores: a short start counts, not speed in the long run.
const JVM_OPTIONS = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']
const SPRING_PROPERTIES = {
  'server.address': HOST,
  'spring.jmx.enabled': false,
  'spring.main.banner-mode': 'off',
  'management.endpoints.web.exposure.include': '*',
  'logging.level.root': 'WARN',
  // Says when it has started.
  'logging.level.orderflow.interop': 'INFO',
  // Says what it fetches and whether the hashes agree.
  'logging.level.com.netflix.discovery.DiscoveryClient': 'DEBUG',
}

/** Starts a Java program and waits until it says that it has started. `port` is a free one unless given. */
export async function startProgram(name: ProgramName, properties: Record<string, unknown>, port?: number): Promise<Program> {
  const ownPort = port ?? (await freePort())
  const args = name === 'netflix' ? netflixArguments(properties, ownPort) : springArguments(name, properties, ownPort)
  const java = spawn('java', args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const output: string[] = []
  const ended = once(java, 'exit').then(([code]) => code as number | null)
  await started(java, name, output, ended)
  let isWanted = true
  const endNow = (signal: NodeJS.Signals) => {
    isWanted = false
    return end(java, signal, ended)
  }
  ended.then((code) => {
    if (isWanted) console.error(`The Java program "${name}" (port ${ownPort}) ended by itself with ${code ?? java.signalCode}.`)
  })
  return {
    port: ownPort,
    url: `http://${HOST}:${ownPort}`,
    printed: (text) => output.filter((line) => line.includes(text)).length,
    lastOutput: () => output.slice(-20).join('\n'),
    stop: () => endNow('SIGTERM'),
    async kill() {
      await endNow('SIGKILL')
    },
    pause: () => void java.kill('SIGSTOP'),
    goOn: () => void java.kill('SIGCONT'),
  }
}

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('A server that listens has no port.')
  return address.port
}

function springArguments(name: ProgramName, properties: Record<string, unknown>, port: number): string[] {
  const all = { ...SPRING_PROPERTIES, 'server.port': port, ...properties }
  return [...JVM_OPTIONS, ...launch(name), ...Object.entries(all).map(([key, value]) => `--${key}=${value}`)]
}

function netflixArguments(properties: Record<string, unknown>, port: number): string[] {
  const log = {
    'org.slf4j.simpleLogger.defaultLogLevel': 'warn',
    'org.slf4j.simpleLogger.log.com.netflix.discovery.DiscoveryClient': 'debug',
  }
  const all = { ...log, 'eureka.port': port, ...properties }
  return [...JVM_OPTIONS, ...Object.entries(all).map(([key, value]) => `-D${key}=${value}`), ...launch('netflix')]
}

function launch(name: ProgramName): string[] {
  const classPath = [...classPathOf(name), ...classPathOf('launch')]
  return ['-cp', classPath.join(delimiter), 'orderflow.interop.Launch', MAIN_CLASSES[name]]
}

async function started(java: ChildProcess, name: ProgramName, output: string[], ended: Promise<number | null>): Promise<void> {
  const mark = `Started ${MAIN_CLASSES[name].split('.').at(-1)}`
  const fail = (reason: string) => new Error(`The Java program "${name}" ${reason}:\n${output.slice(-40).join('\n')}`)
  let late: NodeJS.Timeout | undefined
  await new Promise<void>((resolve, reject) => {
    for (const input of [java.stdout, java.stderr]) {
      if (!input) throw fail('has no output')
      createInterface({ input }).on('line', (line) => {
        output.push(line)
        if (line.includes(mark)) resolve()
      })
    }
    ended.then((code) => reject(fail(`ended by itself with code ${code}`)), reject)
    late = setTimeout(() => {
      java.kill('SIGKILL')
      reject(fail(`has not started within ${START_TIMEOUT_MS / 1000} s`))
    }, START_TIMEOUT_MS)
  }).finally(() => clearTimeout(late))
}

async function end(java: ChildProcess, signal: NodeJS.Signals, ended: Promise<number | null>): Promise<number | null> {
  java.kill('SIGCONT')
  java.kill(signal)
  const late = setTimeout(() => java.kill('SIGKILL'), STOP_TIMEOUT_MS)
  const code = await ended
  clearTimeout(late)
  return code
}
