import { setTimeout as pause } from 'node:timers/promises'
import { AppError, backoffMs, type ProcessMessage, withTimeout } from '@order-flow/service-kit'
import { type ChildProcess, describeEnding, type Ending, startChild } from './child-process.ts'
import { createOutputLines, type OutputSink } from './output-lines.ts'

/** When a process that ended by itself is started again. */
export interface RestartPolicy {
  /** Pause before the first start again, ms; doubles with each end that follows, half of it random. */
  firstPauseMs: number
  maxPauseMs: number
  /** One that was ready for so long has mended itself: the pauses begin anew. */
  stableAfterMs: number
}

export const RESTART_POLICY: RestartPolicy = { firstPauseMs: 250, maxPauseMs: 30_000, stableAfterMs: 15_000 }

export interface InstanceOptions {
  /** `order-service#1` */
  name: string
  args: readonly string[]
  env: Record<string, string>
  /** Port to ask for; undefined: as configured. */
  port: number | undefined
  /** Another port when that one is in use; undefined: it waits for its own, because others rely on it. */
  otherPort: (() => Promise<number>) | undefined
  restart: RestartPolicy
  sink: OutputSink
  onReady(): void
  onExit(ending: Ending): void
}

export interface Instance {
  readonly url: string | undefined
  readonly pid: number | undefined
  /** Starts it for the first time; from then on it is started again whenever it ends. Errors: why it did not start. */
  start(timeoutMs: number): Promise<void>
  /** Ends it in order and starts it again; resolves when it is ready. */
  restart(timeoutMs: number): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** Ends it in order for good; after `timeoutMs` by force. */
  stop(timeoutMs: number): Promise<void>
}

const MAX_FIRST_PORTS = 5
const TELL_AGAIN_AFTER = 10

/** One process of a service, kept running. */
export function createInstance(options: InstanceOptions): Instance {
  const { name, sink, restart: policy } = options
  const stopped = new AbortController()
  let port = options.port
  let url: string | undefined
  let child: ChildProcess | undefined
  let readyAtMs: number | undefined
  let waitingFor: string | undefined
  let failure: Extract<ProcessMessage, { type: 'failed' }> | undefined
  let isAskedToEnd = false
  let hasEnded = false
  let supervising: Promise<void> = Promise.resolve()
  let readyWaiters: (() => void)[] = []

  /** Runs it once; resolves when it has ended. */
  async function runOnce(): Promise<Ending> {
    const output = createOutputLines(name, sink)
    readyAtMs = undefined
    failure = undefined
    isAskedToEnd = false
    child = startChild({
      args: options.args,
      env: port === undefined ? options.env : { ...options.env, SERVER_PORT: String(port) },
      onMessage: take,
      onOutput: output.take,
    })
    const ending = await child.ended
    child = undefined
    output.flush()
    options.onExit(ending)
    return ending
  }

  function take(message: ProcessMessage): void {
    if (message.type === 'failed') failure = message
    if (message.type === 'waiting' && message.reason !== waitingFor) {
      waitingFor = message.reason
      sink.print(`[${name}] waits: ${message.reason}`)
    }
    if (message.type === 'ready') {
      url = message.url
      port = Number(new URL(url).port)
      readyAtMs = performance.now()
      waitingFor = undefined
      if (hasEnded) sink.print(`[${name}] is ready again.`)
      hasEnded = false
      options.onReady()
      for (const resolve of readyWaiters.splice(0)) resolve()
    }
  }

  async function supervise(running: Promise<Ending>): Promise<void> {
    let failures = 0
    for (let ending = await running; !stopped.signal.aborted; ending = await runOnce()) {
      if (isAskedToEnd) {
        failures = 0
        continue
      }
      failures = hasBeenStable() ? 1 : failures + 1
      const pauseMs = backoffMs(failures, policy.firstPauseMs, policy.maxPauseMs)
      tellEnding(ending, failures, pauseMs)
      if (failure?.problem === 'port-in-use') port = (await options.otherPort?.().catch(() => undefined)) ?? port
      await pause(pauseMs, undefined, { signal: stopped.signal }).catch(() => undefined)
      if (stopped.signal.aborted) return
    }
  }

  function hasBeenStable(): boolean {
    return readyAtMs !== undefined && performance.now() - readyAtMs >= policy.stableAfterMs
  }

  function tellEnding(ending: Ending, failures: number, pauseMs: number): void {
    const again = `it is started again in ${(pauseMs / 1000).toFixed(1)} s`
    const often = failures >= TELL_AGAIN_AFTER ? ` It has ended ${failures} times in a row.` : ''
    sink.print(`[${name}] ${describeEnding(ending)}; ${again}.${often}`)
    hasEnded = true
  }

  function nextReady(): Promise<void> {
    return new Promise((resolve) => readyWaiters.push(resolve))
  }

  /** Fails with the first end that comes before it was ready. */
  async function firstStart(): Promise<void> {
    for (let ports = 1; ; ports++) {
      if (stopped.signal.aborted) throw new AppError('unavailable', `${name} was stopped before it was ready.`)
      const ready = nextReady()
      const running = runOnce()
      const ending = await Promise.race([ready, running])
      if (!ending) {
        supervising = supervise(running)
        return
      }
      readyWaiters = []
      const mayTryAnotherPort = failure?.problem === 'port-in-use' && options.otherPort && ports < MAX_FIRST_PORTS
      if (!mayTryAnotherPort || !options.otherPort) throw startError(ending)
      port = await options.otherPort()
    }
  }

  function startError(ending: Ending): AppError {
    if (!failure) return new AppError('internal', `${name} ${describeEnding(ending)} before it was ready; the log says more.`)
    return new AppError(failure.code, `${name}: ${failure.message}`, { problem: failure.problem })
  }

  async function withinTime(work: Promise<void>, timeoutMs: number): Promise<void> {
    await withTimeout(work, timeoutMs, name).catch((error: unknown) => {
      if (error instanceof AppError) throw error
      const reason = waitingFor ? `: ${waitingFor}` : '; the log says more.'
      throw new AppError('unavailable', `${name} was not ready within ${timeoutMs / 1000} s${reason}`)
    })
  }

  return {
    get url() {
      return url
    },
    get pid() {
      return child?.pid
    },
    start: (timeoutMs) => withinTime(firstStart(), timeoutMs),
    restart(timeoutMs) {
      const ready = nextReady()
      isAskedToEnd = true
      child?.kill('SIGTERM')
      return withinTime(ready, timeoutMs)
    },
    kill: (signal) => child?.kill(signal),
    async stop(timeoutMs) {
      stopped.abort()
      const ending = child
      if (ending) {
        ending.kill('SIGTERM')
        const timer = setTimeout(() => ending.kill('SIGKILL'), timeoutMs)
        await ending.ended
        clearTimeout(timer)
      }
      await supervising
    },
  }
}
