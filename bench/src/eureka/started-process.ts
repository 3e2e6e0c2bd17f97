import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EXIT, Failure } from '../command.ts'
import { pause } from '../gateway.ts'
import { createAsker } from './asker.ts'
import type { Place } from './connection.ts'
import { createRequests } from './requests.ts'

export const HOST = '127.0.0.1'

export interface ProcessOptions {
  command: string
  /** Its arguments, told a fresh folder of its own. */
  args(folder: string): readonly string[]
  env?(folder: string): Record<string, string>
  place: Place
  signal: AbortSignal
}

const START_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 20_000
const LOOK_EVERY_MS = 10

/**
 * Starts a registry as a process of its own and waits for its first answer. Its input stays open and has no content: a program
 * may end with it, so that nothing is left when this process is killed. Errors: a Failure that says why it did not start.
 */
export async function startRegistryProcess(options: ProcessOptions) {
  const folder = await mkdtemp(join(tmpdir(), 'order-flow-bench-'))
  const profileFolder = join(folder, 'profiles')
  await mkdir(profileFolder)
  const dispose = () => rm(folder, { recursive: true, force: true })
  const startedAtMs = performance.now()
  const child = await launch(options, folder)
  try {
    await whenAnswering(child, options, folder)
    return { pid: child.pid, startMs: Math.round(performance.now() - startedAtMs), profileFolder, stop: () => stop(child), dispose }
  } catch (error) {
    await stop(child)
    await dispose()
    throw error
  }
}

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Failure(EXIT.failed, 'No free port was found.')
  return address.port
}

async function launch({ command, args, env }: ProcessOptions, folder: string): Promise<ChildProcess> {
  const output = await open(join(folder, 'output.txt'), 'w')
  const child = spawn(command, args(folder), {
    stdio: ['pipe', output.fd, output.fd, 'ipc'],
    env: { ...process.env, ...env?.(folder) },
    // Its own process group: Ctrl-C reaches this process alone, which then stops it.
    detached: true,
  })
  child.on('error', () => {}) // `whenAnswering` sees that it does not run
  await output.close()
  return child
}

function isRunning({ exitCode, signalCode, pid }: ChildProcess): boolean {
  return exitCode === null && signalCode === null && pid !== undefined
}

async function whenAnswering(child: ChildProcess, { place, signal }: ProcessOptions, folder: string): Promise<void> {
  const startedAtMs = performance.now()
  const request = createRequests(`${place.host}:${place.port}`).delta({ isGzip: false })
  while (performance.now() - startedAtMs < START_TIMEOUT_MS && isRunning(child)) {
    if (await answers(place, request)) return
    await pause(LOOK_EVERY_MS, signal)
  }
  const output = await readFile(join(folder, 'output.txt'), 'utf8').catch(() => '')
  const lastLine = output.trim().split('\n').at(-1) ?? ''
  throw new Failure(
    EXIT.failed,
    `The registry did not start: ${lastLine || `it did not answer within ${START_TIMEOUT_MS / 1000} s, or could not be run`}`,
  )
}

async function answers(place: Place, request: Buffer): Promise<boolean> {
  const asker = createAsker(place)
  try {
    return (await asker.ask(request)).status === 200
  } catch {
    return false // not yet
  } finally {
    asker.close()
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const inTime = await Promise.race([exited.then(() => true), sleep(STOP_TIMEOUT_MS, false, { ref: false })])
  if (inTime) return
  child.kill('SIGKILL')
  await exited
}
