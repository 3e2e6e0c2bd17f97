import type { TSchema } from 'typebox'
import { mergeTrees } from './config.ts'
import { AppError } from './errors.ts'
import { readVariable } from './process-settings.ts'

interface Leaf {
  path: readonly string[]
  isList: boolean
}

/**
 * What environment variables say about the keys of a schema, under the names that Spring Boot gives them: upper case, `_` for
 * `.`, and `_` or nothing where a key has `-`. So `eureka.server.enable-self-preservation` is
 * EUREKA_SERVER_ENABLE_SELF_PRESERVATION or EUREKA_SERVER_ENABLESELFPRESERVATION; `X_FILE` names a file with the value. Lists
 * are separated by commas. Keys of one part only are left alone: their names are too common.
 * Errors: `invalid` when two variables set one key.
 */
export function relaxedSettings(schema: TSchema, env: NodeJS.ProcessEnv): Record<string, unknown> {
  const leaves = new Map(leavesOf(schema, []).map((leaf) => [normalise(leaf.path.join('')), leaf]))
  const setBy = new Map<Leaf, string>()
  let settings: Record<string, unknown> = {}
  for (const name of Object.keys(env).sort()) {
    const variable = name.replace(/_FILE$/, '')
    const leaf = /^[A-Z0-9_]+$/.test(name) ? (leaves.get(normalise(name)) ?? leaves.get(normalise(variable))) : undefined
    const value = leaf && readVariable(env, leaves.has(normalise(name)) ? name : variable)
    if (!leaf || value === undefined) continue
    const other = setBy.get(leaf)
    if (other) throw new AppError('invalid', `Set ${other} or ${name}, not both: they are the same setting.`)
    setBy.set(leaf, name)
    settings = mergeTrees(settings, nest(leaf.path, leaf.isList ? listOf(value) : value))
  }
  return settings
}

/** The keys that hold a value, of an object schema or of several that are put together. */
function leavesOf(schema: unknown, path: readonly string[]): Leaf[] {
  if (!isObject(schema)) return []
  const parts = Array.isArray(schema.allOf) ? schema.allOf.flatMap((part: unknown) => leavesOf(part, path)) : []
  if (!isObject(schema.properties)) return schema.allOf || path.length < 2 ? parts : [{ path, isList: schema.type === 'array' }]
  return [...parts, ...Object.entries(schema.properties).flatMap(([key, child]) => leavesOf(child, [...path, key]))]
}

function normalise(name: string): string {
  return name.replaceAll('_', '').toUpperCase()
}

function listOf(value: string): string[] {
  return value === '' ? [] : value.split(',').map((item) => item.trim())
}

function nest([key = '', ...deeper]: readonly string[], value: unknown): Record<string, unknown> {
  return { [key]: deeper.length === 0 ? value : nest(deeper, value) }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
