import { setMaxListeners } from 'node:events'

/** Exit codes of the commands: done but something does not add up, wrong input or use, stopped by Ctrl-C. */
export const EXIT = { failed: 1, badInput: 2, interrupted: 130 } as const

/** Ends a command: `message` is one sentence for the person at the terminal, with the way out where there is one. */
export class Failure extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.name = 'Failure'
    this.exitCode = exitCode
  }
}

/** Runs a command and sets the process's exit code; whatever is thrown becomes one line on stderr, never a stack trace. */
export async function runCommand(command: (interrupted: AbortSignal) => Promise<number>): Promise<void> {
  const interruption = new AbortController()
  // Every call in flight listens to the one signal.
  setMaxListeners(0, interruption.signal)
  // Only the first Ctrl-C asks politely: with the handler gone, the second one ends the process at once.
  const interrupt = () => interruption.abort(new Failure(EXIT.interrupted, 'Interrupted.'))
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  try {
    process.exitCode = await command(interruption.signal)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = error instanceof Failure ? error.exitCode : EXIT.failed
  } finally {
    process.removeListener('SIGINT', interrupt)
    process.removeListener('SIGTERM', interrupt)
  }
}
