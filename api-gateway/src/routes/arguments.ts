import { type Component, relaxed } from './definition.ts'

/**
 * The arguments of a component that takes each by name: positional ones get the names in their order.
 * Errors: a plain Error for an argument that the component does not know, and for one too many, since an argument that is
 * silently ignored is usually a comma that was meant to belong to a regular expression.
 */
export function namedArguments(component: Component, names: readonly string[]): ReadonlyMap<string, string> {
  const known = new Map(names.map((name) => [relaxed(name), name]))
  const values = new Map<string, string>()
  component.positional.forEach((value, index) => {
    const name = names[index]
    if (name === undefined) throw new Error(`it takes at most ${names.length} argument(s), found "${value}" beyond`)
    values.set(name, value)
  })
  for (const [key, value] of Object.entries(component.named)) {
    const name = known.get(relaxed(key))
    if (name === undefined) throw new Error(`it has no argument "${key}"; it takes ${names.join(', ')}`)
    if (typeof value === 'object') throw new Error(`argument "${key}" must be a single value`)
    values.set(name, String(value))
  }
  return values
}

/** Like `namedArguments`, where every name must be given. */
export function requiredArguments<const N extends string>(component: Component, names: readonly N[]): Record<N, string> {
  const values = namedArguments(component, names)
  const missing = names.find((name) => !values.get(name))
  if (missing !== undefined) throw new Error(`argument "${missing}" is missing`)
  return Object.fromEntries(values) as Record<N, string> // every name was just found
}

/** The arguments of a component that takes a list: all of them, whatever their keys. */
export function listArguments(component: Component): readonly string[] {
  const named = Object.values(component.named).flatMap((value) => (Array.isArray(value) ? value : [value]))
  const list = [...component.positional, ...named.map(String)].filter((item) => item !== '')
  if (list.length === 0) throw new Error('it needs at least one argument')
  return list
}

/** Like `listArguments`, where a last `true` or `false` is a flag and no member of the list. */
export function listAndFlag(component: Component): { list: readonly string[]; flag: boolean | undefined } {
  const list = listArguments(component)
  const last = list.at(-1)?.toLowerCase()
  if (last !== 'true' && last !== 'false') return { list, flag: undefined }
  if (list.length === 1) throw new Error('it needs at least one argument before the flag')
  return { list: list.slice(0, -1), flag: last === 'true' }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A duration in ms from Spring's text: `250ms`, `30s`, `2m`, `1h`, `1d`; a bare number is ms. */
export function parseDurationMs(text: string): number {
  const parts = /^(-?\d+)(ms|s|m|h|d)?$/.exec(text.trim())
  if (!parts) throw new Error(`"${text}" is not a duration; write for instance 500ms, 30s or 2m`)
  return Number(parts[1]) * (UNIT_MS[parts[2] ?? 'ms'] ?? 1)
}

const UNIT_BYTES: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }

/** A size in bytes from Spring's text: `512`, `512B`, `10KB`, `5MB`, `1GB` (steps of 1024). */
export function parseBytes(text: string): number {
  const parts = /^(\d+)(B|KB|MB|GB)?$/.exec(text.trim())
  if (!parts) throw new Error(`"${text}" is not a size; write for instance 512B, 10KB or 1MB`)
  return Number(parts[1]) * (UNIT_BYTES[parts[2] ?? 'B'] ?? 1)
}

/** A whole number not below `min`. */
export function parseWhole(text: string, min: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < min) throw new Error(`"${text}" must be a whole number of at least ${min}`)
  return value
}
