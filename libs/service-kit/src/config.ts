import { ConfigurationUnavailableError, loadConfiguration } from '@order-flow/config-client'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import type { Static, TSchema } from 'typebox'
import { AppError } from './errors.ts'
import type { Logger } from './logger.ts'
import { describeErrors } from './validation.ts'

export interface ConfigSource {
  application: string
  /** Where the config server is, e.g. `http://127.0.0.1:8888`. */
  configServerUrl: string
  profile: string
  /** File that keeps the last configuration that came from the server and passed the check. */
  lastGoodFile: string
  /** Values of this very process (ports, folders); they win over the server's, like Spring's command line. */
  overrides: Record<string, unknown>
  /** Gives up waiting for the config server when there is no last good copy. Default: waits for ever. */
  signal?: AbortSignal
}

/**
 * Loads a service's configuration from the config server, lays the overrides over it, checks it against the schema and
 * freezes it. Every problem is reported at once, each with its key and where its value came from (`invalid`). When the
 * server is down, the last good copy serves, with a warning; without one it waits with backoff, and says so.
 */
export async function loadConfig<S extends TSchema>(schema: S, source: ConfigSource, logger: Logger): Promise<Static<S>> {
  const { overrides, ...request } = source
  let value: Static<S> | undefined
  await loadConfiguration({
    ...request,
    onWaiting: (cause, retryInMs) =>
      logger.warn({ cause, retryInMs }, 'config server cannot be reached and there is no last good copy; waiting'),
    onLastGood: (cause, savedAt) => logger.warn({ cause, savedAt }, 'config server cannot be reached; using the last good copy'),
    check(tree, originOf) {
      value = checkConfig(schema, mergeTrees(tree, overrides), (path) =>
        valueAt(overrides, path) === undefined ? (originOf(path) ?? 'the default') : 'this process (option or environment)',
      )
    },
  }).catch((error: unknown) => {
    if (error instanceof ConfigurationUnavailableError) throw new AppError('unavailable', error.message, { cause: error })
    throw error
  })
  return deepFreeze(value as Static<S>) // checked before loadConfiguration resolves
}

/** Checks a tree against a schema, filling defaults and turning text into numbers and booleans where the schema asks. */
export function checkConfig<S extends TSchema>(schema: S, tree: Record<string, unknown>, originOf: (path: string) => string): Static<S> {
  const ajv = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true, strict: false })
  addFormats.default(ajv)
  const value = structuredClone(tree)
  const validate = ajv.compile(schema)
  if (validate(value)) return value as Static<S> // just validated against S
  const problems = (validate.errors ?? []).map((error) => {
    const path = error.instancePath.slice(1).replaceAll('/', '.')
    const found = path ? `, found ${shown(valueAt(tree, path))} from ${originOf(path)}` : ''
    return `  ${describeErrors([error]).replaceAll('/', '.')}${found}`
  })
  throw new AppError('invalid', `The configuration is not valid:\n${problems.join('\n')}\nCorrect the value and start again.`)
}

/** Lists and maps are not shown: passwords may stand in them. */
function shown(value: unknown): string | undefined {
  if (Array.isArray(value)) return 'a list'
  return isObject(value) ? 'a map' : JSON.stringify(value)
}

/** `over` wins; objects are merged, everything else (lists too) is replaced. */
export function mergeTrees(under: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...under }
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key]
    merged[key] = isObject(below) && isObject(value) ? mergeTrees(below, value) : value
  }
  return merged
}

function valueAt(tree: unknown, path: string): unknown {
  let value: unknown = tree
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, key)
  }
  return value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const child of Object.values(value)) deepFreeze(child)
  }
  return value
}
