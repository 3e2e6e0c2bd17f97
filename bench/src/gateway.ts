import { setTimeout as sleep } from 'node:timers/promises'
import type { Problem } from '@order-flow/contracts'
import { Pool } from 'undici'
import { EXIT, Failure } from './command.ts'

/** `path` with its query; a call is repeated until it is answered, so a POST needs an `Idempotency-Key` to be harmless. */
export interface Call {
  method: 'GET' | 'POST' | 'PUT'
  path: string
  body?: unknown
  headers?: Record<string, string>
  /** How long to repeat a call that gets no answer, ms. Default: the gateway's `patienceMs`. */
  patienceMs?: number
}

/** An answer; `body` is parsed JSON, or undefined where there was none. */
export interface Reply {
  status: number
  body: unknown
}

export interface GatewayOptions {
  /** `http://host:port` */
  url: string
  signal: AbortSignal
  /** Connections kept open. Default 64. */
  connections?: number
  /** How long the gateway may be away, or answer "busy" to one call, before a call gives up, ms. Default 60,000. */
  patienceMs?: number
}

const ANSWER_TIMEOUT_MS = 30_000
const MAX_RETRY_MS = 5_000
// What says "try again": too many requests, and a gateway that has no live instance or got no answer from it.
const BUSY = new Set([429, 502, 503, 504])

/**
 * The gateway's HTTP door. `send` honours `Retry-After`, rides out a restart, and throws a Failure when the gateway
 * stays away or busy longer than `patienceMs`, or the signal's reason once that is aborted.
 */
export function createGateway(options: GatewayOptions) {
  const { url, signal } = options
  const pool = new Pool(url, { connections: options.connections ?? 64, headersTimeout: ANSWER_TIMEOUT_MS, bodyTimeout: ANSWER_TIMEOUT_MS })
  let lastAnswerAtMs = performance.now()

  async function attempt(call: Call): Promise<Attempt> {
    try {
      const response = await pool.request({ signal, ...request(call) })
      const text = await response.body.text()
      lastAnswerAtMs = performance.now()
      const reply = { status: response.statusCode, body: parseJson(text) }
      if (!BUSY.has(reply.status)) return { reply }
      return { trouble: `answered ${reply.status} ${problemOf(reply).title}`, retryAfterMs: retryAfterMs(response.headers['retry-after']) }
    } catch (error) {
      signal.throwIfAborted()
      return { trouble: causeOf(error), unreachable: true }
    }
  }

  return {
    url,

    async send(call: Call): Promise<Reply> {
      const patienceMs = call.patienceMs ?? options.patienceMs ?? 60_000
      const startedAtMs = performance.now()
      for (let tries = 1; ; tries++) {
        const result = await attempt(call)
        if ('reply' in result) return result.reply
        // While other calls are answered the gateway is there, and this one was only unlucky.
        const sinceMs = result.unreachable ? Math.max(startedAtMs, lastAnswerAtMs) : startedAtMs
        if (performance.now() - sinceMs > patienceMs) throw away(url, result.trouble, patienceMs)
        await pause(result.retryAfterMs ?? backoffMs(tries), signal)
      }
    },

    close: () => pool.destroy(),
  }
}

export type Gateway = ReturnType<typeof createGateway>

type Attempt = { reply: Reply } | { trouble: string; unreachable?: boolean; retryAfterMs?: number | undefined }

/** What an unsuccessful reply says is wrong; replies without problem details get the status as title. */
export function problemOf(reply: Reply): Pick<Problem, 'type' | 'title' | 'detail'> {
  const body = typeof reply.body === 'object' && reply.body !== null ? reply.body : {}
  const text = (key: string) => {
    const value = Object.entries(body).find(([name]) => name === key)?.[1]
    return typeof value === 'string' ? value : undefined
  }
  const detail = text('detail')
  return { type: text('type') ?? 'about:blank', title: text('title') ?? `HTTP ${reply.status}`, ...(detail && { detail }) }
}

function request({ method, path, body, headers }: Call) {
  if (body === undefined) return { method, path, headers: headers ?? {} }
  return { method, path, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function retryAfterMs(header: string | string[] | undefined): number | undefined {
  const seconds = Number(header)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, MAX_RETRY_MS) + Math.random() * 100 : undefined
}

function backoffMs(tries: number): number {
  return Math.min(MAX_RETRY_MS, 100 * 2 ** (tries - 1)) * (0.5 + Math.random() / 2)
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

function away(url: string, trouble: string, patienceMs: number): Failure {
  const waited = `${Math.round(patienceMs / 1000)} s`
  return new Failure(EXIT.failed, `The gateway at ${url} could not serve us for ${waited} (${trouble}).`)
}

/** Waits `ms`; throws the signal's reason when that is aborted meanwhile. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
}
