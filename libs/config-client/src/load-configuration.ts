import { setTimeout as wait } from 'node:timers/promises'
import { type Environment, isEnvironment, mergeSources } from './environment.ts'
import { readLastGoodCopy, writeLastGoodCopy } from './last-good-copy.ts'
import { createPlaceholderResolver } from './placeholders.ts'
import { buildTree } from './tree.ts'

export interface ConfigurationRequest {
  /** Name of the application, e.g. `order-service`. */
  application: string
  /** Profiles, separated by commas, e.g. `default`. */
  profile: string
  /** Base URL of the config server, e.g. `http://127.0.0.1:8888`. */
  configServerUrl: string
  /** File that keeps the last configuration that passed the check. */
  lastGoodFile: string
  /** Ends the waiting for the server. */
  signal?: AbortSignal
  /** The server does not answer and there is no copy: says why, and when it is asked again. */
  onWaiting(cause: string, retryInMs: number): void
  /** The server does not answer and the copy of `savedAt` (ISO 8601) is used: says why. */
  onLastGood(cause: string, savedAt: string): void
  /** Throws when the configuration cannot be used; then it is not saved and `loadConfiguration` throws the same. */
  check(tree: Record<string, unknown>, originOf: Configuration['originOf']): void
}

export interface Configuration {
  /** The settings, names in camelCase. */
  tree: Record<string, unknown>
  /** Name of the property source that a value came from; `path` as in `server.port` or `routes.0.uri`. */
  originOf(path: string): string | undefined
}

/** There is no configuration: the server does not give one and there is no last good copy. The message says why. */
export class ConfigurationUnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ConfigurationUnavailableError'
  }
}

/** The server may answer later: it is down, slow, or has a problem of its own. */
class ServerNotReadyError extends Error {}

const REQUEST_TIMEOUT_MS = 3000
const FIRST_RETRY_MS = 200
const LAST_RETRY_MS = 5000

/**
 * Loads an application's configuration from a config server that speaks Spring Cloud Config's protocol
 * (`GET {configServerUrl}/{application}/{profile}`), with placeholders resolved. While the server does not answer, the
 * last good copy serves; without a copy it waits, 0.2-5 s between tries, until the signal aborts.
 * Errors: ConfigurationUnavailableError (aborted, or the server refuses the request); whatever `check` throws.
 */
export async function loadConfiguration(request: ConfigurationRequest): Promise<Configuration> {
  for (let attempt = 1; ; attempt++) {
    try {
      const environment = await fetchEnvironment(request)
      const configuration = resolveEnvironment(environment)
      request.check(configuration.tree, configuration.originOf)
      await writeLastGoodCopy(request.lastGoodFile, { savedAt: new Date().toISOString(), environment })
      return configuration
    } catch (error) {
      if (!(error instanceof ServerNotReadyError)) throw error
      const fromCopy = await useLastGoodCopy(request, error.message)
      if (fromCopy) return fromCopy
      await waitForRetry(request, error, attempt)
    }
  }
}

async function useLastGoodCopy(request: ConfigurationRequest, cause: string): Promise<Configuration | undefined> {
  if (request.signal?.aborted) return undefined
  const copy = await readLastGoodCopy(request.lastGoodFile)
  if (!copy) return undefined
  request.onLastGood(cause, copy.savedAt)
  const configuration = resolveEnvironment(copy.environment)
  request.check(configuration.tree, configuration.originOf)
  return configuration
}

async function waitForRetry({ signal, onWaiting }: ConfigurationRequest, cause: Error, attempt: number): Promise<void> {
  const fullMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10))
  const retryInMs = Math.round(fullMs / 2 + (Math.random() * fullMs) / 2)
  try {
    if (!signal?.aborted) onWaiting(cause.message, retryInMs)
    await wait(retryInMs, undefined, signal ? { signal } : {})
  } catch {
    throw new ConfigurationUnavailableError(`There is no configuration: ${cause.message}`, { cause })
  }
}

async function fetchEnvironment({ application, profile, configServerUrl, signal }: ConfigurationRequest): Promise<Environment> {
  const url = `${configServerUrl.replace(/\/+$/, '')}/${encodeURIComponent(application)}/${encodeURIComponent(profile)}`
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
  const { status, text } = await fetch(url, { signal: signal ? AbortSignal.any([signal, timeout]) : timeout, redirect: 'error' })
    .then(async (response) => ({ status: response.status, text: await response.text() }))
    .catch((error: unknown) => {
      throw new ServerNotReadyError(`The config server at ${configServerUrl} cannot be reached (${reasonOf(error)}).`, { cause: error })
    })
  if (status >= 500 || status === 429)
    throw new ServerNotReadyError(`The config server at ${configServerUrl} answered ${status}${detailOf(text)}.`)
  if (status !== 200) throw new ConfigurationUnavailableError(`The config server answered ${status} to GET ${url}${detailOf(text)}.`)
  const environment = parseJson(text)
  if (!isEnvironment(environment)) {
    throw new ConfigurationUnavailableError(`What answers at ${url} is not a config server: the answer has no propertySources.`)
  }
  return environment
}

function resolveEnvironment(environment: Environment): Configuration {
  const properties = mergeSources(environment.propertySources)
  const resolve = createPlaceholderResolver((path) => properties.get(path)?.value)
  const resolved = [...properties.values()].map((property) =>
    typeof property.value === 'string' ? { ...property, value: resolve(property.value) } : property,
  )
  return { tree: buildTree(resolved), originOf: (path) => properties.get(path)?.origin }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${REQUEST_TIMEOUT_MS} ms`
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
}

/** What the server says about its failure (RFC 9457 or Spring's error JSON). */
function detailOf(text: string): string {
  const body = parseJson(text)
  if (typeof body !== 'object' || body === null) return ''
  const detail = 'detail' in body ? body.detail : 'message' in body ? body.message : undefined
  return typeof detail === 'string' ? `: ${detail.slice(0, 500).replace(/\.$/, '')}` : ''
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
