import { mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { pino } from 'pino'

const MAX_BYTES = 50_000_000

export interface LogFile {
  write(line: string): void
  flush(): void
}

/** A log file that is never more than 50 MB, with one older one (`.1`) beside it. Lines are written in blocks. */
export function openLogFile(path: string): LogFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const file = pino.destination({ dest: path, sync: false, minLength: 8192, maxLength: 8_000_000, mode: 0o600 })
  // A full disk must not stop the shop: lines are dropped then, the databases say no by themselves.
  file.on('error', () => undefined)
  let bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const flushing = setInterval(() => file.flush(), 1000)
  flushing.unref()

  function rotate(): void {
    bytes = 0
    try {
      renameSync(path, `${path}.1`)
      file.reopen()
    } catch {
      // The next rotation tries again.
    }
  }

  return {
    write(line) {
      bytes += line.length
      file.write(line)
      if (bytes > MAX_BYTES) rotate()
    },
    flush: () => {
      clearInterval(flushing)
      try {
        file.flushSync()
      } catch {
        // Not yet opened: nothing was written.
      }
    },
  }
}
