/** A predicate or filter as the configuration names it: `Path=/a/**` has positional arguments, `{name, args}` named ones. */
export interface Component {
  name: string
  positional: readonly string[]
  named: Readonly<Record<string, unknown>>
}

/** One route as the configuration states it; nothing of it is checked but its form. */
export interface RouteDefinition {
  id: string
  uri: string
  /** Lower is tried first; equal ones in the order of the list. Default: 0. */
  order: number
  isEnabled: boolean
  predicates: readonly Component[]
  filters: readonly Component[]
  /** Keys in relaxed form, see `relaxed`. */
  metadata: Readonly<Record<string, unknown>>
}

/**
 * Reads one item of `spring.cloud.gateway.server.webflux.routes`. `position` (from 0) names the route when it has no id.
 * Errors: a plain Error whose sentence says what is wrong; the caller adds which route it is.
 */
export function parseDefinition(value: unknown, position: number): RouteDefinition {
  const members = relaxedMembers(value)
  if (!members) throw new Error('a route must be a map with id, uri and predicates')
  const { id, uri, order = 0, enabled = true, predicates, filters, metadata, ...unknown } = members
  const surplus = Object.keys(unknown)[0]
  if (surplus !== undefined) throw new Error(`"${surplus}" is not a member of a route`)
  if (typeof uri !== 'string' || uri === '') throw new Error('uri is missing')
  if (!Number.isInteger(Number(order))) throw new Error(`order must be a whole number, found ${JSON.stringify(order)}`)
  const definition = {
    id: definitionName(value, position),
    uri,
    order: Number(order),
    isEnabled: String(enabled) !== 'false',
    predicates: listOf(predicates).map((item) => parseComponent(item, true)),
    filters: listOf(filters).map((item) => parseComponent(item, false)),
    metadata: relaxedMembers(metadata) ?? {},
  }
  if (definition.predicates.length === 0) throw new Error('it needs at least one predicate, e.g. "Path=/api/orders/**"')
  return definition
}

/** What to call a definition that may be broken: its id, or its place in the list. */
export function definitionName(value: unknown, position: number): string {
  const id = relaxedMembers(value)?.id
  return typeof id === 'string' && id !== '' ? id : `#${position + 1}`
}

/** Reads a predicate or filter in shortcut notation (`Name=a, b`) or expanded notation (`{name, args}`). */
export function parseComponent(value: unknown, needsArguments: boolean): Component {
  if (typeof value === 'string') return parseShortcut(value, needsArguments)
  const members = relaxedMembers(value)
  if (typeof members?.name !== 'string')
    throw new Error(`${JSON.stringify(value)} is neither "Name=arguments" nor a map with name and args`)
  const { name, args } = members
  if (Array.isArray(args)) return { name, positional: args.map(String), named: {} }
  return { name, positional: [], named: isObject(args) ? args : {} }
}

function parseShortcut(text: string, needsArguments: boolean): Component {
  const equals = text.indexOf('=')
  if (equals === 0 || (equals < 0 && needsArguments)) throw new Error(`"${text}" must be of the form name=value`)
  if (equals < 0) return { name: text.trim(), positional: [], named: {} }
  const parts = text.slice(equals + 1).split(',')
  return { name: text.slice(0, equals).trim(), positional: parts.map((part) => part.trim()).filter((part) => part !== ''), named: {} }
}

/** Spring's relaxed binding: `response-timeout`, `responseTimeout` and `RESPONSE_TIMEOUT` are one key. */
export function relaxed(key: string): string {
  return key.replace(/[-_]/g, '').toLowerCase()
}

function relaxedMembers(value: unknown): Record<string, unknown> | undefined {
  if (!isObject(value)) return undefined
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [relaxed(key), member]))
}

// The config server serves an empty list as an empty text.
function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null || value === '') return []
  return Array.isArray(value) ? value : [value]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
