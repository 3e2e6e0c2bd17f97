/** Runs one task again and again, never twice at the same time. */
export interface Repeater {
  /** Runs the task now (or joins the run under way), and then again after the pause that the task asked for. */
  run(): Promise<void>
  /** Runs the task in `pauseMs` (default: next) unless it runs sooner anyhow. Does nothing while a run is under way. */
  runSoon(pauseMs?: number): void
  /** Ends the repetition until `resume`; `run` still runs once. */
  hold(): void
  /** Ends `hold`, with a run in `pauseMs`. Does nothing without one. */
  resume(pauseMs: number): void
  /** Ends the repetition; resolves when the run under way is over. */
  stop(): Promise<void>
}

/**
 * Makes a repeater; it starts with the first `run()`. The task answers the pause until its next run in ms and must not
 * reject. Pauses are varied by up to 10 % so that many clients do not keep step; none is above `maxPauseMs`.
 */
export function createRepeater(task: () => Promise<number>, maxPauseMs: number): Repeater {
  let timer: NodeJS.Timeout | undefined
  let dueAtMs = Number.POSITIVE_INFINITY
  let running: Promise<void> | undefined
  let isHeld = false
  let isStopped = false

  async function runOnce(): Promise<void> {
    unschedule()
    const pauseMs = await task()
    running = undefined
    schedule(Math.min(pauseMs, maxPauseMs) * (0.9 + Math.random() * 0.1))
  }

  function run(): Promise<void> {
    if (!isStopped) running ??= runOnce()
    return running ?? Promise.resolve()
  }

  function schedule(pauseMs: number): void {
    if (isStopped || isHeld) return
    unschedule()
    dueAtMs = performance.now() + pauseMs
    timer = setTimeout(() => void run(), pauseMs)
  }

  function unschedule(): void {
    clearTimeout(timer)
    dueAtMs = Number.POSITIVE_INFINITY
  }

  return {
    run,
    runSoon(pauseMs = 0) {
      if (!running && performance.now() + pauseMs < dueAtMs) schedule(pauseMs)
    },
    hold() {
      isHeld = true
      unschedule()
    },
    resume(pauseMs) {
      if (!isHeld) return
      isHeld = false
      if (!running) schedule(pauseMs)
    },
    async stop() {
      isStopped = true
      unschedule()
      await running
    },
  }
}
