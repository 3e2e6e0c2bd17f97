import { write, writeSync } from 'node:fs'

export interface LogOutput {
  write(line: string): void
}

const WRITE_EVERY_MS = 100
const MAX_PENDING_CHARACTERS = 8_000_000

/**
 * Standard output (or another descriptor) for the lines of a log: collected, written ten times a second, the rest when the
 * process exits. Lines are dropped when nobody takes them, and when the reader is gone: the log must not stop the service.
 * (pino's own output waits for ever at exit when its reader is gone.)
 */
export function createLogOutput(descriptor = 1): LogOutput {
  let pending = ''
  let isWriting = false

  function writePending(): void {
    if (isWriting || pending === '') return
    const lines = Buffer.from(pending)
    pending = ''
    isWriting = true
    writeAll(lines)
  }

  /** In the background; a pipe may take less than it is given. */
  function writeAll(lines: Buffer): void {
    write(descriptor, lines, (error, written) => {
      const isDone = (error && error.code !== 'EAGAIN') || written === lines.length
      if (isDone) isWriting = false
      else setTimeout(() => writeAll(lines.subarray(error ? 0 : written)), error ? WRITE_EVERY_MS : 0).unref()
    })
  }

  setInterval(writePending, WRITE_EVERY_MS).unref()
  process.on('exit', () => {
    try {
      writeSync(descriptor, pending)
    } catch {
      // Nobody is left to tell.
    }
  })
  return {
    write(line) {
      if (pending.length < MAX_PENDING_CHARACTERS) pending += line
    },
  }
}
