import { createLatency, type Percentiles } from '../latency.ts'
import { cpuSecondsOf } from '../process-usage.ts'
import type { Window } from '../window.ts'
import type { Answer } from './answer-parser.ts'
import { type Connection, createConnection, type Place } from './connection.ts'

export interface LoadOptions {
  place: Place
  /** The registry's process; undefined where it is not known. */
  pid: number | undefined
  connections: number
  /** The next request; undefined: there is no other, and the load ends. */
  next(): Buffer | undefined
  /** How long to send before what comes is counted; 0: from the first request. */
  leadInSeconds: number
  /** How long it is counted; undefined: until there is no other request. */
  seconds: number | undefined
  signal: AbortSignal
}

/** What a load brought. */
export interface LoadResult {
  answers: number
  seconds: number
  perSecond: number
  /** By status or cause: answers that are no success, and requests without one. */
  errors: Record<string, number>
  /** How long the answers took. Every connection waits for its answer, so this is what so many clients see, not what few would. */
  answerMs: Percentiles
  bytesPerAnswer: number
  /** Of the registry's process; null where it is not known. */
  server: { cores: number; cpuMicrosPerAnswer: number; answersPerCpuSecond: number } | null
  /** Processor time of this process, per second: near 1 it is what limits the rate. */
  generatorCores: number
}

const DRAIN_TIMEOUT_MS = 60_000
/** A load may end before it is counted, when nobody answers. */
const LEAST_SECONDS = 0.001

/** Sends as fast as the registry answers, one request at a time on each connection. */
export async function runLoad(options: LoadOptions): Promise<{ result: LoadResult; window: Window }> {
  const { leadInSeconds, seconds, signal } = options
  const counter = createCounter(options.pid)
  if (leadInSeconds === 0) counter.begin()
  const crew = createCrew(options, counter)
  const timers = leadInSeconds === 0 ? [] : [setTimeout(counter.begin, leadInSeconds * 1000)]
  if (seconds !== undefined) timers.push(setTimeout(crew.stopSending, (leadInSeconds + seconds) * 1000))
  signal.addEventListener('abort', crew.cut)
  try {
    await crew.ended
    signal.throwIfAborted()
    return counter.result()
  } finally {
    signal.removeEventListener('abort', crew.cut)
    for (const timer of timers) clearTimeout(timer)
  }
}

/** The connections, each of which sends again when it has its answer. `ended` resolves when the last answer has come. */
function createCrew({ place, connections: count, next }: LoadOptions, counter: Counter) {
  const connections = new Set<Connection>()
  let isSending = true
  let drainTimer: NodeJS.Timeout | undefined
  let resolveEnded = () => {}
  const ended = new Promise<void>((resolve) => {
    resolveEnded = resolve
  })

  function open(): void {
    let sentAtMs = 0
    const connection = createConnection({
      ...place,
      keepBodies: false,
      onAnswer(answer) {
        counter.add(answer, performance.now() - sentAtMs)
        send()
      },
      onClose(cause) {
        connections.delete(connection)
        if (cause !== undefined) counter.failed(cause)
        if (isSending && (cause === undefined || cause === 'closed')) open()
        else if (connections.size === 0) end()
      },
    })
    connections.add(connection)
    send()

    function send(): void {
      // It closes itself after an answer that said so; then another takes its place.
      if (!connection.isOpen()) return
      const request = isSending ? next() : undefined
      if (request) {
        sentAtMs = performance.now()
        connection.send(request)
      } else {
        isSending = false
        connection.cut('closed')
      }
    }
  }

  function stopSending(): void {
    if (!isSending) return
    isSending = false
    counter.end()
    drainTimer = setTimeout(cut, DRAIN_TIMEOUT_MS)
  }

  function cut(): void {
    isSending = false
    for (const connection of connections) connection.cut('no answer in time')
  }

  function end(): void {
    clearTimeout(drainTimer)
    counter.end()
    resolveEnded()
  }

  for (let index = 0; index < count; index += 1) open()
  return { ended, stopSending, cut }
}

/** Counts what comes between `begin` and `end`. */
function createCounter(pid: number | undefined) {
  const latency = createLatency()
  const errors: Record<string, number> = {}
  const window: Window = { fromMs: 0, toMs: 0 }
  let isCounting = false
  let answers = 0
  let bytes = 0
  let cpu = { server: 0, own: 0 }

  const cpuNow = () => ({ server: (pid === undefined ? undefined : cpuSecondsOf(pid)) ?? 0, own: ownCpuSeconds() })

  function failed(reason: string): void {
    errors[reason] = (errors[reason] ?? 0) + 1
  }

  return {
    failed,
    begin(): void {
      isCounting = true
      cpu = cpuNow()
      window.fromMs = performance.now()
    },
    end(): void {
      if (!isCounting) return
      isCounting = false
      window.toMs = performance.now()
      const now = cpuNow()
      cpu = { server: now.server - cpu.server, own: now.own - cpu.own }
    },
    add({ status, bodyBytes }: Answer, tookMs: number): void {
      if (status < 200 || status > 299) failed(String(status))
      if (!isCounting) return
      answers += 1
      bytes += bodyBytes
      latency.record(tookMs)
    },
    result(): { result: LoadResult; window: Window } {
      const seconds = (window.toMs - window.fromMs) / 1000
      const result: LoadResult = {
        answers,
        seconds: round(seconds, 100),
        perSecond: round(answers / Math.max(seconds, LEAST_SECONDS), 10),
        errors,
        answerMs: latency.percentiles(),
        bytesPerAnswer: Math.round(bytes / Math.max(1, answers)),
        server: serverUse(cpu.server, answers, seconds),
        generatorCores: round(cpu.own / Math.max(seconds, LEAST_SECONDS), 100),
      }
      return { result, window }
    },
  }
}

type Counter = ReturnType<typeof createCounter>

function serverUse(cpuSeconds: number, answers: number, seconds: number): LoadResult['server'] {
  if (cpuSeconds === 0 || answers === 0) return null
  return {
    cores: round(cpuSeconds / seconds, 100),
    cpuMicrosPerAnswer: round((cpuSeconds * 1_000_000) / answers, 10),
    answersPerCpuSecond: round(answers / cpuSeconds, 10),
  }
}

function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000_000
}

function round(value: number, factor: number): number {
  return Math.round(value * factor) / factor
}
