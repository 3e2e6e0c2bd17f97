import { noAnswer, readProblem } from './problem-error.ts'

export interface HttpClientOptions {
  /** Where the gateway is, e.g. `http://127.0.0.1:8080`; `''` in a page that it serves. */
  baseUrl: string
  fetch?: typeof fetch
  /** Sent as a bearer token. Without it the client lives on the browser's cookies and renews them after a 401. */
  accessToken?: string | (() => string | undefined)
  /** How long one call may take. */
  timeoutMs?: number
  /** Runs the renewal of the cookies while no other tab runs its own; without it tabs may renew at the same time. */
  exclusively?: (run: () => Promise<boolean>) => Promise<boolean>
}

/** One call; `query` members that are undefined are left out, `body` is sent as JSON. */
export interface Call {
  method?: 'GET' | 'POST' | 'PUT'
  path: string
  query?: Record<string, string | number | undefined>
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
}

const DEFAULT_TIMEOUT_MS = 15_000
const REFRESH_PATH = '/api/auth/refresh'
/** A 401 from these speaks of the credentials just sent, not of a cookie that ran out. */
const SIGN_IN_PATHS = ['/api/auth/login', '/api/auth/register', '/api/auth/logout', REFRESH_PATH]

/**
 * Makes the function that sends a call and answers with its JSON (undefined for 204). It throws `ProblemError`, or the
 * reason of `call.signal` when the caller gave up. A 401 without an access token renews the cookies once, together
 * with all calls that met a 401 meanwhile, and repeats the call.
 */
export function createRequester(options: HttpClientOptions) {
  const refreshOnce = singleFlight(async () => {
    const run = async () => (await send(options, { method: 'POST', path: REFRESH_PATH, body: {} })).ok
    return options.exclusively ? options.exclusively(run) : run()
  })

  return async function request<T>(call: Call): Promise<T> {
    let response = await send(options, call)
    const mayRenew = response.status === 401 && options.accessToken === undefined && !SIGN_IN_PATHS.includes(call.path)
    if (mayRenew && (await refreshOnce())) response = await send(options, call)
    if (!response.ok) throw await readProblem(response)
    if (response.status === 204) return undefined as T // callers of such calls ask for void
    return readJson<T>(response, describe(call))
  }
}

export type Request = ReturnType<typeof createRequester>

async function send(options: HttpClientOptions, call: Call): Promise<Response> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const timeout = AbortSignal.timeout(timeoutMs)
  const init: RequestInit = {
    method: call.method ?? 'GET',
    headers: requestHeaders(options, call),
    credentials: 'same-origin',
    signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
  }
  if (call.body !== undefined) init.body = JSON.stringify(call.body)
  try {
    return await (options.fetch ?? fetch)(options.baseUrl + call.path + queryString(call.query), init)
  } catch (cause) {
    if (call.signal?.aborted) throw call.signal.reason
    const why = timeout.aborted ? `did not answer within ${timeoutMs} ms` : 'could not be reached'
    throw noAnswer(`${describe(call)}: the server ${why}.`, cause)
  }
}

function requestHeaders(options: HttpClientOptions, call: Call): Record<string, string> {
  const token = typeof options.accessToken === 'function' ? options.accessToken() : options.accessToken
  return {
    accept: 'application/json',
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...call.headers,
  }
}

function queryString(query: Call['query'] = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value))
  }
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}

/** The answer's shape is the contract's; the server validates what it sends, so it is not checked again here. */
async function readJson<T>(response: Response, what: string): Promise<T> {
  try {
    return (await response.json()) as T
  } catch (cause) {
    throw noAnswer(`${what}: the answer broke off or was not JSON.`, cause)
  }
}

/** Callers that come while one run is under way share its result. A run that fails counts as `false`. */
function singleFlight(run: () => Promise<boolean>): () => Promise<boolean> {
  let flight: Promise<boolean> | undefined
  return () => {
    flight ??= run()
      .catch(() => false)
      .finally(() => {
        flight = undefined
      })
    return flight
  }
}

function describe(call: Call): string {
  return `${call.method ?? 'GET'} ${call.path}`
}
