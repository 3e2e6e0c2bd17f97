import { messageOf, onParentGone } from '@order-flow/service-kit'

export interface StopParts {
  /** Ends everything in order. */
  stop: () => Promise<void>
  /** Ends at once what is left, when that took too long or a second signal comes. */
  cut: () => void
  timeoutMs: number
}

const EXIT_FORCED = 130
/** Ctrl-C reaches this process twice: from the terminal and from npm. */
const SAME_SIGNAL_MS = 500

/** Ends this process in order on Ctrl-C, SIGTERM or the end of the npm that has started it, and says so. */
export function stopOnSignals({ stop, cut, timeoutMs }: StopParts): void {
  let stoppingSinceMs: number | undefined

  async function end(): Promise<void> {
    process.stdout.write('\nStopping ...\n')
    setTimeout(() => {
      process.stderr.write(`Not everything ended within ${timeoutMs} ms; what was accepted is safe on disk.\n`)
      cut()
      process.exit(1)
    }, timeoutMs).unref()
    try {
      await stop()
      process.stdout.write('Stopped. Everything is kept; the next start goes on from here.\n')
      process.exit(0)
    } catch (error) {
      process.stderr.write(`Stopping did not go well: ${messageOf(error)}\n`)
      cut()
      process.exit(1)
    }
  }

  function begin(): void {
    if (stoppingSinceMs !== undefined) return
    stoppingSinceMs = performance.now()
    void end()
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stoppingSinceMs === undefined) begin()
      else if (performance.now() - stoppingSinceMs > SAME_SIGNAL_MS) {
        cut()
        process.exit(EXIT_FORCED)
      }
    })
  }
  onParentGone(begin)
}
