import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { ProcessMessage } from '@order-flow/service-kit'

export interface ChildOptions {
  /** Program and its arguments, for the Node that runs this. */
  args: readonly string[]
  /** The whole environment: nothing is inherited. */
  env: Record<string, string>
  onMessage(message: ProcessMessage): void
  /** Pieces of what it prints, not cut at lines. */
  onOutput(stream: 'stdout' | 'stderr', text: string): void
}

/** How a process ended. */
export interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface ChildProcess {
  /** Undefined when it could not be started. */
  pid: number | undefined
  /** Resolves when it has ended and all that it printed was taken. */
  ended: Promise<Ending>
  kill(signal: NodeJS.Signals): void
}

const OUTPUT_TIMEOUT_MS = 1000
const ROOT = join(import.meta.dirname, '..', '..', '..')

/**
 * Starts a process that ends when this one does: the channel between them closes then, whatever ended this one. It is the
 * leader of a group of its own, so that Ctrl-C reaches only this process, which ends the others in order.
 */
export function startChild({ args, env, onMessage, onOutput }: ChildOptions): ChildProcess {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: process.platform !== 'win32', // there it would open a window
  })
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name]
    stream?.setEncoding('utf8').on('data', (text: string) => onOutput(name, text))
  }
  child.on('message', (message) => onMessage(message as ProcessMessage)) // service-kit's runProcess sends nothing else
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
    // Should its output not end with it, that is not waited for for ever.
    child.once('exit', (code, signal) => setTimeout(() => resolve({ code, signal }), OUTPUT_TIMEOUT_MS))
    child.once('error', (error) => {
      onOutput('stderr', `${error.message}\n`)
      if (child.pid === undefined) resolve({ code: null, signal: null })
    })
  })
  return { pid: child.pid, ended, kill: (signal) => void child.kill(signal) }
}

export function describeEnding({ code, signal }: Ending): string {
  if (signal) return `ended by ${signal}`
  return code === null ? 'could not be started' : `ended with exit code ${code}`
}
