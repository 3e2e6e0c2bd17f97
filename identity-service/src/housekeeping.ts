import type { Closer, Logger } from '@order-flow/service-kit'

export interface Chore {
  /** Event name for the log when it fails. */
  name: string
  everyMs: number
  run: () => Promise<void>
}

/** Runs chores again and again until the closer closes, which waits for the one that is running. A failure is logged. */
export function startHousekeeping(chores: readonly Chore[], { closer, logger }: { closer: Closer; logger: Logger }): void {
  for (const { name, everyMs, run } of chores) {
    let running: Promise<void> | undefined
    const timer = setInterval(() => {
      running ??= run()
        .catch((error: unknown) => logger.error({ err: error }, `${name} failed`))
        .finally(() => {
          running = undefined
        })
    }, everyMs).unref()
    closer.defer(async () => {
      clearInterval(timer)
      await running
    })
  }
}
