import { close, fdatasync, openSync } from 'node:fs'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { AppError, messageOf } from './errors.ts'

/** The part of a file handle that is needed. */
interface Handle {
  datasync(): Promise<void>
  close(): Promise<void>
}

export interface LogFlusher {
  /** Something was committed just now. */
  markDirty(): void
  /** Resolves when everything committed so far is on disk. Errors: `unavailable`, from the first failed flush on. */
  flushed(): Promise<void>
  /** Throws when a flush has failed. */
  check(): void
  close(): Promise<void>
}

/**
 * Brings a log file to disk outside the event loop: one flush for all that was written before it began. A flush that
 * fails leaves unknown what is on disk, also for what comes later in the log: nothing is accepted after it.
 */
export function createLogFlusher(file: string, openFile: (file: string) => Handle = openHandle): LogFlusher {
  let isDirty = false
  let running: Promise<void> | undefined
  let queued: Promise<void> | undefined
  let handle: Handle | undefined
  let failure: AppError | undefined

  async function flush(): Promise<void> {
    check()
    isDirty = false
    try {
      handle ??= openFile(file)
      await handle.datasync()
    } catch (error) {
      const message = `${basename(file)} could not be brought to disk: ${messageOf(error)}. Mend the disk and start again.`
      failure = new AppError('unavailable', message, { cause: error })
    }
    check()
  }

  function check(): void {
    if (failure) throw failure
  }

  function start(): Promise<void> {
    const flushing = flush().finally(() => {
      if (running === flushing) running = undefined
    })
    running = flushing
    return flushing
  }

  /** After the flush under way, which may have begun too early. */
  function queue(after: Promise<void>): Promise<void> {
    queued ??= after
      .catch(() => undefined) // whoever waits for that one is told
      .then(() => {
        queued = undefined
        return start()
      })
    return queued
  }

  return {
    markDirty: () => {
      isDirty = true
    },
    async flushed() {
      if (isDirty) return running ? queue(running) : start()
      await running
      check()
    },
    check,
    async close() {
      await (queued ?? running)?.catch(() => undefined) // whoever waits for it is told
      await handle?.close()
    },
  }
}

const datasync = promisify(fdatasync)
const closeDescriptor = promisify(close)

// Plain descriptors: a FileHandle's promises cost several times as much, and there are hundreds of flushes a second.
function openHandle(file: string): Handle {
  const descriptor = openSync(file, 'r+')
  return { datasync: () => datasync(descriptor), close: () => closeDescriptor(descriptor) }
}
