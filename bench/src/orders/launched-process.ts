import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { EXIT, Failure } from '../command.ts'
import { pause } from '../gateway.ts'

export interface LaunchOptions {
  program: string
  /** What it is told, about a fresh data folder and the file that it writes when it is ready. */
  tell: (files: { dataFolder: string; readyFile: string }) => { args?: readonly string[]; env?: Record<string, string> }
  /** Whether it, and every process that it starts, writes a CPU profile when it ends. */
  profile: boolean
  /** How long it may take to end by itself. */
  stopTimeoutMs: number
  signal: AbortSignal
}

export interface LaunchedProcess {
  pid: number
  gatewayUrl: string
  dataFolder: string
  /** Of CPU profiles; undefined without any. */
  profileFolder: string | undefined
  stop(): Promise<void>
  /** Removes its data folder and what it printed. */
  dispose(): Promise<void>
}

const ReadyFile = Type.Object({ gateway: Type.String() })
const READY_TIMEOUT_MS = 120_000
// Node's own 1,000 would take 4 % of a core from every process, also from one that sleeps.
const PROFILE_EVERY_MICROS = 4000

/** Starts a system in a process of its own, with a fresh data folder, and waits until it is ready. Errors: a Failure that says why not. */
export async function launch(options: LaunchOptions): Promise<LaunchedProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'order-flow-bench-'))
  const dispose = () => rm(folder, { recursive: true, force: true })
  const profileFolder = join(folder, 'profiles')
  await mkdir(profileFolder)
  const program = await start(options, folder, profileFolder)
  try {
    const gatewayUrl = await whenReady(program, folder, options.signal)
    const { pid, stop } = program
    return { pid, stop, gatewayUrl, dataFolder: join(folder, 'data'), profileFolder: options.profile ? profileFolder : undefined, dispose }
  } catch (error) {
    await program.stop()
    await dispose()
    throw error
  }
}

type Program = Awaited<ReturnType<typeof start>>

async function start({ program, tell, profile, stopTimeoutMs }: LaunchOptions, folder: string, profileFolder: string) {
  const output = await open(join(folder, 'output.txt'), 'w')
  const { args = [], env } = tell({ dataFolder: join(folder, 'data'), readyFile: join(folder, 'ready.json') })
  // NODE_OPTIONS and not an argument, so that the processes it starts have them too.
  const profiling = `--cpu-prof --cpu-prof-interval=${PROFILE_EVERY_MICROS} --cpu-prof-dir=${profileFolder}`
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', output.fd, output.fd],
    env: { ...process.env, ...env, ...(profile && { NODE_OPTIONS: profiling }) },
    // Its own process group: Ctrl-C reaches this process alone, which then stops the system in good order.
    detached: true,
  })
  await output.close()
  const isRunning = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined
  return {
    pid: child.pid ?? 0,
    isRunning,
    async stop(): Promise<void> {
      if (!isRunning()) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      const inTime = await Promise.race([exited.then(() => true), sleep(stopTimeoutMs, false, { ref: false })])
      if (inTime) return
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function whenReady(program: Program, folder: string, signal: AbortSignal): Promise<string> {
  const startedAtMs = performance.now()
  while (performance.now() - startedAtMs < READY_TIMEOUT_MS) {
    const ready = await readFile(join(folder, 'ready.json'), 'utf8').then(
      (text): unknown => JSON.parse(text),
      () => undefined,
    )
    if (Value.Check(ReadyFile, ready)) return ready.gateway
    if (!program.isRunning()) break
    await pause(100, signal)
  }
  const output = await readFile(join(folder, 'output.txt'), 'utf8').catch(() => '')
  const lastLine = output.trim().split('\n').at(-1) ?? ''
  throw new Failure(EXIT.failed, `The system did not start: ${lastLine || `it was not ready within ${READY_TIMEOUT_MS / 1000} s`}`)
}
