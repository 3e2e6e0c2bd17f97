import type { ClientSettings } from '../options/client-options.ts'
import type { Server, ServerList } from './server-list.ts'
import { createWatchdog } from './watchdog.ts'

export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the base URL, without a slash at its beginning. */
  path: string
  body?: unknown
  headers?: Readonly<Record<string, string>>
  /** Whether a status is an answer; with any other the next server is asked. Default: 2xx. */
  accepts?: (status: number) => boolean
  /** The longest wait for the whole answer of all servers. Default: only each server's own waits. */
  totalMs?: number
  /** How much longer than usual the server may take to begin its answer. Default: 0. */
  extraWaitMs?: number
  /** True: goes on although the client stops. */
  isGoodbye?: boolean
}

export interface Answer {
  status: number
  headers: Headers
  text: string
}

/** Sends operations to the servers of the registry. */
export interface Requester {
  /**
   * The answer of the first server that gives one. A server that fails is left for the next, up to three in all.
   * Errors: a plain Error that names every server tried, without credentials.
   */
  ask(operation: Operation): Promise<Answer>
  /** One server's answer. Errors: what `fetch` threw, a TimeoutError, or an Error when the answer is too large. */
  askOne(server: Server, operation: Operation): Promise<Answer>
}

export interface RequesterOptions {
  servers: ServerList
  settings: Pick<ClientSettings, 'eurekaServerConnectTimeoutSeconds' | 'eurekaServerReadTimeoutSeconds' | 'gZipContent'>
  fetch: typeof fetch
  /** Ends every request under way except goodbyes. */
  signal?: AbortSignal | undefined
}

/** Above the largest registries known; a server that sends more is broken, and must not cost our memory. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024
/** A whole answer may take this many times the wait for its beginning: a trickle is not an answer. */
const MAX_TRICKLE = 10

/** Makes the requester. Redirects are not followed: they would carry credentials elsewhere. */
export function createRequester({ servers, settings, fetch, signal }: RequesterOptions): Requester {
  const readMs = settings.eurekaServerReadTimeoutSeconds * 1000
  const beginMs = settings.eurekaServerConnectTimeoutSeconds * 1000 + readMs

  async function ask(operation: Operation): Promise<Answer> {
    const { accepts = isSuccess, totalMs = Number.POSITIVE_INFINITY } = operation
    const failures: string[] = []
    const endsAtMs = performance.now() + totalMs
    for (const server of await servers.candidates()) {
      const leftMs = endsAtMs - performance.now()
      if (leftMs <= 0 || (signal?.aborted && !operation.isGoodbye)) break
      try {
        const answer = await askOne(server, Number.isFinite(leftMs) ? { ...operation, totalMs: leftMs } : operation)
        if (accepts(answer.status)) {
          servers.succeeded(server)
          return answer
        }
        failures.push(`${server.base} ${refusalOf(answer)}`)
      } catch (error) {
        failures.push(`${server.base} cannot be reached (${reasonOf(error)})`)
      }
      servers.failed(server)
    }
    throw new Error(failures.length > 0 ? failures.join('; ') : 'no server of the registry was asked, as the client stops')
  }

  async function askOne(server: Server, operation: Operation): Promise<Answer> {
    const { extraWaitMs = 0, totalMs = (beginMs + extraWaitMs) * MAX_TRICKLE, isGoodbye = false } = operation
    const watchdog = createWatchdog({ silenceMs: beginMs + extraWaitMs, totalMs, parent: isGoodbye ? undefined : signal })
    try {
      const response = await fetch(
        `${server.base}/${operation.path}`,
        requestInit(server, operation, settings.gZipContent, watchdog.signal),
      )
      watchdog.fed(readMs)
      const text = await readText(response, () => watchdog.fed())
      return { status: response.status, headers: response.headers, text }
    } finally {
      watchdog.end()
    }
  }

  return { ask, askOne }
}

/** What `fetch` is told of a request to a server. */
export function requestInit(
  server: Server,
  { method, body, headers }: Pick<Operation, 'method' | 'body' | 'headers'>,
  gZip: boolean,
  signal: AbortSignal,
): RequestInit {
  return {
    method,
    headers: {
      accept: 'application/json',
      'accept-encoding': gZip ? 'gzip' : 'identity',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
      ...server.headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    redirect: 'manual',
    signal,
  }
}

async function readText(response: Response, onBytes: () => void): Promise<string> {
  if (!response.body) return ''
  const decoder = new TextDecoder()
  const parts: string[] = []
  let bytes = 0
  for await (const chunk of response.body) {
    onBytes()
    bytes += chunk.byteLength
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`)
    parts.push(decoder.decode(chunk, { stream: true }))
  }
  return parts.join('') + decoder.decode()
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

function refusalOf({ status, text }: Answer): string {
  const isRedirect = status >= 300 && status < 400
  return `answered ${status}${isRedirect ? ', a redirect, which is not followed' : ''}${text ? `: ${text.slice(0, 200)}` : ''}`
}

/** Why a request failed, in a few words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'no answer in time'
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
}
