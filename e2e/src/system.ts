import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')
const EMBEDDED = 'launcher/src/main.ts'
const READY_TIMEOUT_MS = 60_000
const POLL_MS = 20

/** The whole shop, started as `npm start` (or another of the launcher's programs) starts it, on ports chosen by the system. */
export interface System {
  gateway: string
  addresses: Record<string, string>
  dataDir: string
  accounts: Record<string, { email: string; password: string }>
  /** Everything it has printed. */
  output(): string
  /** Ends it without a warning, as a power cut would. */
  kill(): Promise<void>
  /** Ctrl-C; answers the exit code and how long it took. */
  stop(): Promise<{ exitCode: number | null; durationMs: number }>
}

/** Makes an empty data folder; the caller removes it. */
export function newDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'order-flow-e2e-'))
}

export function removeDataDir(dataDir: string): void {
  rmSync(dataDir, { recursive: true, force: true })
}

/** Starts the shop on a data folder and waits until it is ready. */
export async function startSystem(dataDir: string, args: readonly string[] = [], program = EMBEDDED): Promise<System> {
  const readyFile = join(dataDir, 'ready.json')
  rmSync(readyFile, { force: true })
  const { child, output } = launch(['--ephemeral', '--port', '0', '--data', dataDir, '--ready-file', readyFile, ...args], program)
  const deadline = Date.now() + READY_TIMEOUT_MS
  while (!existsSync(readyFile)) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`The shop did not start:\n${output()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  const addresses = JSON.parse(readFileSync(readyFile, 'utf8')) as Record<string, string> // the launcher wrote it
  return {
    gateway: addresses.gateway ?? '',
    addresses,
    dataDir,
    accounts: JSON.parse(readFileSync(join(dataDir, 'demo-accounts.json'), 'utf8')) as System['accounts'], // the launcher wrote it
    output,
    async kill() {
      child.kill('SIGKILL')
      await exited(child)
    },
    async stop() {
      const startedAt = performance.now()
      child.kill('SIGINT')
      const exitCode = await exited(child)
      return { exitCode, durationMs: performance.now() - startedAt }
    },
  }
}

/** Runs a launcher that is expected to end by itself. */
export async function runLauncher(args: readonly string[]): Promise<{ exitCode: number | null; output: string }> {
  const { child, output } = launch(args)
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_TIMEOUT_MS)
  const exitCode = await exited(child)
  clearTimeout(timer)
  return { exitCode, output: output() }
}

/** Runs one of the project's programs (a path from the root) to its end. */
export async function runProgram(
  path: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<{ exitCode: number | null; output: string }> {
  const { child, output } = launch(args, path)
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const exitCode = await exited(child)
  clearTimeout(timer)
  return { exitCode, output: output() }
}

function launch(args: readonly string[], path = EMBEDDED): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [join(ROOT, path), ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: string[] = []
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  return { child, output: () => chunks.join('') }
}

function exited(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode)
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)))
}
