import { AppError, messageOf } from './errors.ts'
import { createLogOutput } from './log-output.ts'
import { createLogger, type Logger } from './logger.ts'
import { onParentGone, tellParent } from './parent-process.ts'

/** What runs in a process of its own. */
export interface RunningPart {
  /** Where it answers. */
  url: string
  /** Ends it in order. */
  stop(): Promise<unknown>
}

const STOP_TIMEOUT_MS = 10_000
const EXIT_FORCED = 130
/** Ctrl-C reaches a process twice when npm runs it: from the terminal and from npm. */
const SAME_SIGNAL_MS = 500

/**
 * Runs one part as this process, from `main.ts`: starts it (with a logger without its name), tells the process that started this one, and ends it in
 * order on SIGTERM, SIGINT or when that process is gone; within STOP_TIMEOUT_MS of the environment (default 10,000 ms),
 * at once on a second signal. Says in one sentence why it cannot start.
 *
 * Exit codes: 0 after an orderly stop; 1 when it cannot start, cannot stop in time or after an unforeseen error; 130
 * after a second signal.
 */
export async function runProcess(name: string, start: (logger: Logger) => Promise<RunningPart>): Promise<void> {
  // What it writes is for this user alone.
  process.umask(0o077)
  const root = createLogger(process.env.LOG_LEVEL ?? 'info', createLogOutput())
  const logger = root.child({ service: name })
  endOnUnforeseen(logger)
  try {
    // While it starts a signal ends it at once: nothing has been accepted yet.
    let stop = async (): Promise<unknown> => undefined
    stopOnSignals(logger, () => stop())
    const part = await start(root)
    stop = () => part.stop()
    await tellParent({ type: 'ready', url: part.url })
  } catch (error) {
    await fail(error)
  }
}

function stopOnSignals(logger: Logger, stop: () => Promise<unknown>): void {
  const timeoutMs = Number(process.env.STOP_TIMEOUT_MS ?? STOP_TIMEOUT_MS)
  let stoppingSinceMs: number | undefined

  async function end(reason: string): Promise<void> {
    if (stoppingSinceMs !== undefined) return
    stoppingSinceMs = performance.now()
    logger.info({ reason }, 'stopping')
    setTimeout(() => {
      logger.error({ timeoutMs }, 'not everything ended in time; what was accepted is safe')
      process.exit(1)
    }, timeoutMs)
    try {
      await stop()
      logger.info('stopped')
      process.exit(0)
    } catch (error) {
      logger.error({ err: error }, 'did not stop in order')
      process.exit(1)
    }
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stoppingSinceMs !== undefined && performance.now() - stoppingSinceMs > SAME_SIGNAL_MS) process.exit(EXIT_FORCED)
      void end(signal)
    })
  }
  onParentGone(() => void end('the process that started this one is gone'))
}

/** A bug: the state in memory can no longer be trusted, what is in the database can. */
function endOnUnforeseen(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'unforeseen error')
    process.exit(1)
  })
}

async function fail(error: unknown): Promise<never> {
  const { code, message, problem } = error instanceof AppError ? error : new AppError('internal', messageOf(error))
  process.stderr.write(`${message}\n`)
  await tellParent({ type: 'failed', code, message, problem })
  process.exit(1)
}
