import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DELTA_KEPT_MS, type RegistryServer, type StartOptions } from './registry-server.ts'
import { freePort, HOST, startRegistryProcess } from './started-process.ts'

/** Names another folder in which the Java programs are built than this checkout's. */
const FOLDER_VARIABLE = 'ORDER_FLOW_EUREKA_JAVA'
const FOLDER = fileURLToPath(new URL('../../../interop/eureka/', import.meta.url))
const MAIN_CLASSES = ['orderflow.interop.Launch', 'orderflow.interop.Server']
const runFile = promisify(execFile)

const SETTINGS = {
  'spring.application.name': 'eureka',
  'spring.main.banner-mode': 'off',
  'logging.level.root': 'WARN',
  'server.address': HOST,
  // Else it closes a connection after 100 requests; ours does not.
  'server.tomcat.max-keep-alive-requests': -1,
  'eureka.instance.hostname': HOST,
  'eureka.client.register-with-eureka': false,
  'eureka.client.fetch-registry': false,
  'eureka.server.wait-time-in-ms-when-sync-empty': 0,
  // As for ours: instances of the benchmark send no heartbeats while reads are measured.
  'eureka.server.enable-self-preservation': false,
  'eureka.server.retention-time-in-m-s-in-delta-queue': DELTA_KEPT_MS,
  'eureka.server.delta-retention-timer-interval-in-ms': 1000,
}
/** What operators who want to see changes soon set. */
const TUNED = {
  'eureka.server.use-read-only-response-cache': false,
  'eureka.server.response-cache-update-interval-ms': 500,
  'eureka.server.eviction-interval-timer-in-ms': 1000,
}

/** Why Java's server cannot be started, in a sentence; undefined when it can. */
export async function whyNoJava(): Promise<string | undefined> {
  if (!existsSync(join(folder(), 'server', 'target', 'classpath.txt')))
    return 'Java’s server is not built: `npm run eureka:build -w interop` builds it'
  if (classPath().some((part) => !existsSync(part)))
    return 'Parts of Java’s server are gone: `npm run eureka:build -w interop` fetches them'
  return runFile('java', ['-version']).then(
    () => undefined,
    () => 'Java is missing: install a JDK 17 or later',
  )
}

/** Starts Spring Cloud's Eureka server, with the caches' and timers' times as they are or short ones. */
export async function startJavaServer(kind: 'java' | 'java-tuned', { javaOptions, signal }: StartOptions): Promise<RegistryServer> {
  const place = { host: HOST, port: await freePort() }
  const settings: Record<string, string | number | boolean> = {
    ...SETTINGS,
    'server.port': place.port,
    // Itself, that is nobody: else it would replicate to whatever runs at the usual port.
    'eureka.client.service-url.defaultZone': `http://${HOST}:${place.port}/eureka/`,
    ...(kind === 'java-tuned' ? TUNED : {}),
  }
  const args = Object.entries(settings).map(([key, value]) => `--${key}=${value}`)
  const { pid, startMs, stop, dispose } = await startRegistryProcess({
    command: 'java',
    args: () => [...javaOptions, '-cp', classPath().join(delimiter), ...MAIN_CLASSES, ...args],
    place,
    signal,
  })
  const facts = { java: await javaVersion(), options: javaOptions.join(' ') || 'none', ...eurekaVersions() }
  return { kind, place, pid, startMs, facts, profileFolder: undefined, stop, dispose }
}

function folder(): string {
  return process.env[FOLDER_VARIABLE] ?? FOLDER
}

function classPath(): string[] {
  const parts = readFileSync(join(folder(), 'server', 'target', 'classpath.txt'), 'utf8')
    .trim()
    .split(delimiter)
  return [join(folder(), 'server', 'target', 'program.jar'), ...parts, join(folder(), 'launch', 'target', 'program.jar')]
}

async function javaVersion(): Promise<string> {
  return (await runFile('java', ['-version'])).stderr.split('\n')[1]?.trim() ?? 'unknown'
}

function eurekaVersions(): Record<string, string> {
  const versionOf = (name: string) =>
    classPath()
      .map((part) => new RegExp(`^${name}-([\\d.]+)\\.jar$`).exec(basename(part))?.[1])
      .find((version) => version !== undefined) ?? 'unknown'
  return { eureka: versionOf('eureka-core'), 'spring-boot': versionOf('spring-boot') }
}
