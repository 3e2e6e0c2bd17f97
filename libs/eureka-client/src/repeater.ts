/** Runs one task again and again, never twice at the same time. */
export interface Repeater {
  /** Runs the task now (or joins the run under way), and then again after the pause that the task asked for. */
  run(): Promise<void>
  /** Runs the task next, without waiting for it. Does nothing while a run is under way. */
  runSoon(): void
  /** Ends the repetition; resolves when the run under way is over. */
  stop(): Promise<void>
}

/**
 * Makes a repeater; it starts with the first `run()`. The task answers the pause until its next run in ms and must not
 * reject. Pauses are varied by up to 10 % so that many clients do not keep step; none is above `maxPauseMs`.
 */
export function createRepeater(task: () => Promise<number>, maxPauseMs: number): Repeater {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isStopped = false

  async function runOnce(): Promise<void> {
    clearTimeout(timer)
    const pauseMs = await task()
    running = undefined
    schedule(Math.min(pauseMs, maxPauseMs) * (0.9 + Math.random() * 0.1))
  }

  function run(): Promise<void> {
    if (!isStopped) running ??= runOnce()
    return running ?? Promise.resolve()
  }

  function schedule(pauseMs: number): void {
    if (isStopped) return
    clearTimeout(timer)
    timer = setTimeout(() => void run(), pauseMs)
  }

  return {
    run,
    runSoon() {
      if (!running) schedule(0)
    },
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await running
    },
  }
}
