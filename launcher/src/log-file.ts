import { closeSync, mkdirSync, openSync, renameSync, statSync, write, writeSync } from 'node:fs'
import { dirname } from 'node:path'

const MAX_BYTES = 50_000_000
const MAX_PENDING_CHARACTERS = 8_000_000
const WRITE_EVERY_MS = 100

export interface LogFile {
  write(lines: string): void
  /** Writes what is pending and closes. */
  close(): void
}

/**
 * A log file that is never much more than 50 MB, with one older one (`.1`) beside it. Lines are collected and written
 * ten times a second. When the disk is full or too slow lines are dropped: the log must not stop the shop, the
 * databases say no by themselves.
 */
export function openLogFile(path: string): LogFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  let file = openSync(path, 'a', 0o600)
  let bytes = statSync(path).size
  let pending = ''
  let isWriting = false
  const timer = setInterval(writePending, WRITE_EVERY_MS)

  function writePending(): void {
    if (isWriting || pending === '') return
    if (bytes > MAX_BYTES) rotate()
    const lines = pending
    pending = ''
    isWriting = true
    write(file, lines, null, 'utf8', (_error, written) => {
      isWriting = false
      bytes += written ?? 0
    })
  }

  function rotate(): void {
    try {
      renameSync(path, `${path}.1`)
      const older = file
      file = openSync(path, 'a', 0o600)
      closeSync(older)
      bytes = 0
    } catch {
      // The next write tries again.
    }
  }

  return {
    write(lines) {
      if (pending.length < MAX_PENDING_CHARACTERS) pending += lines
    },
    close() {
      clearInterval(timer)
      try {
        writeSync(file, pending)
      } catch {
        // Nobody is left to tell.
      }
    },
  }
}
