import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export interface OwnProcess {
  pid: number
  /** The last of what it has printed. */
  output(): string
  isRunning(): boolean
  /** Null while it runs, and when a signal has ended it. */
  exitCode(): number | null
  /** Sends a signal to it alone, e.g. for an orderly stop. */
  signal(signal: NodeJS.Signals): void
  /** Kills it and whatever it has started, at once. */
  kill(): void
  /** Resolves when it has ended; rejects after `timeoutMs`. */
  ended(timeoutMs: number): Promise<void>
}

export interface ProcessOptions {
  env?: Record<string, string>
  /** User and group to run as; only root may choose. */
  user?: { uid: number; gid: number }
  cwd?: string
}

/** Where the programs of the engines find others. */
export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const MAX_OUTPUT_CHARS = 20_000
const POLL_MS = 20

/** Groups that are killed when the suite ends in whatever way that still runs code. */
const groups = new Set<number>()
process.on('exit', () => {
  for (const group of groups) killGroup(group)
})

/** Starts a program in a process group of its own, so that a Ctrl-C for the suite does not reach it before the suite ends it. */
export function startProcess(command: string, args: readonly string[], { env, user, cwd }: ProcessOptions = {}): OwnProcess {
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(env && { env: { PATH, ...env } }),
    ...(cwd !== undefined && { cwd }),
    ...user,
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${command} cannot be started.`)
  groups.add(pid)
  let output = ''
  let isRunning = true
  const note = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-MAX_OUTPUT_CHARS)
  }
  child.stdout.on('data', note)
  child.stderr.on('data', note)
  child.on('exit', () => {
    isRunning = false
    groups.delete(pid)
    // What it has started must not outlive it.
    killGroup(pid)
  })
  return {
    pid,
    output: () => output,
    isRunning: () => isRunning,
    exitCode: () => child.exitCode,
    signal: (signal) => child.kill(signal),
    kill: () => killGroup(pid),
    ended: (timeoutMs) => waitUntil(() => !isRunning, timeoutMs, `${command} did not end within ${timeoutMs} ms.`),
  }
}

/** Resolves when the condition holds; rejects with `otherwise` after `timeoutMs`. */
export async function waitUntil(condition: () => boolean | Promise<boolean>, timeoutMs: number, otherwise: string): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(otherwise)
    await pause(POLL_MS)
  }
}

/** A port of the loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('The system gives no free port.')
  return address.port
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
