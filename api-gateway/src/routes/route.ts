import { AppError, messageOf } from '@order-flow/service-kit'
import { parseDurationMs } from './arguments.ts'
import { type Component, definitionName, parseComponent, parseDefinition, type RouteDefinition } from './definition.ts'
import type { FilterEffect, HeaderAddition, PathRewrite } from './filters/filter.ts'
import { FILTERS } from './filters/registry.ts'
import type { Predicate } from './predicates/predicate.ts'
import { PREDICATES } from './predicates/registry.ts'
import { parseTarget, type Target } from './target.ts'

/** A route ready for use: nothing in it is parsed or compiled while requests run. */
export interface Route {
  id: string
  target: Target
  predicates: readonly Predicate[]
  /** Literal beginnings of its paths, for the index; one empty beginning when any path may match. */
  prefixes: readonly (readonly string[])[]
  pathRewrites: readonly PathRewrite[]
  requestHeaders: readonly HeaderAddition[]
  responseHeaders: readonly HeaderAddition[]
  maxBodyBytes: number
  /** From the request's last byte to the response's head; 0 for no limit. */
  responseTimeoutMs: number
  /** False for a route that everybody may use (`metadata.authenticated: false`). */
  isAuthenticated: boolean
  /** True for the service that keeps the session: it gets the session's cookies (`metadata.session-cookies: true`). */
  hasSessionCookies: boolean
}

export interface RouteDefaults {
  maxBodyBytes: number
  responseTimeoutMs: number
  /** Filters that every route gets, before its own. */
  filters: readonly unknown[]
}

/**
 * Compiles the configured routes, in the order they are tried. Disabled ones are left out.
 * Errors: `invalid` with every problem of every route at once, each naming the route, the component and the argument.
 */
export function compileRoutes(definitions: readonly unknown[], defaults: RouteDefaults): Route[] {
  const problems: string[] = []
  const compiled: { order: number; route: Route }[] = []
  const ids = new Set<string>()
  definitions.forEach((value, position) => {
    try {
      const definition = parseDefinition(value, position)
      if (!definition.isEnabled) return
      if (ids.has(definition.id)) throw new Error('another route has the same id')
      ids.add(definition.id)
      compiled.push({ order: definition.order, route: compileRoute(definition, defaults) })
    } catch (error) {
      problems.push(`  Route ${definitionName(value, position)}: ${messageOf(error)}.`)
    }
  })
  if (problems.length > 0) throw new AppError('invalid', `The gateway's routes are not valid:\n${problems.join('\n')}`)
  return compiled.sort((a, b) => a.order - b.order).map(({ route }) => route)
}

function compileRoute(definition: RouteDefinition, defaults: RouteDefaults): Route {
  const predicates = definition.predicates.map((component) => compileComponent('predicate', component, PREDICATES))
  const filters = [...defaults.filters.map((filter) => parseComponent(filter, false)), ...definition.filters]
  const effects = filters.map((component) => compileComponent('filter', component, FILTERS))
  return {
    id: definition.id,
    target: parseTarget(definition.uri),
    predicates: predicates.map((predicate) => predicate.matches),
    prefixes: predicates.find((predicate) => predicate.prefixes)?.prefixes ?? [[]],
    pathRewrites: present(effects, 'rewritePath'),
    requestHeaders: present(effects, 'addRequestHeader'),
    // As in Spring, what acts on the response runs from the last filter to the first.
    responseHeaders: present(effects, 'addResponseHeader').reverse(),
    maxBodyBytes: present(effects, 'maxBodyBytes').at(-1) ?? defaults.maxBodyBytes,
    ...routeMetadata(definition, defaults),
  }
}

function compileComponent<R>(kind: string, component: Component, registry: ReadonlyMap<string, (component: Component) => R>): R {
  const factory = registry.get(component.name)
  if (!factory) throw new Error(`there is no ${kind} "${component.name}"; there are ${[...registry.keys()].join(', ')}`)
  try {
    return factory(component)
  } catch (error) {
    throw new Error(`${kind} ${component.name}: ${messageOf(error)}`)
  }
}

function present<K extends keyof FilterEffect>(effects: readonly FilterEffect[], key: K): NonNullable<FilterEffect[K]>[] {
  return effects.flatMap((effect) => effect[key] ?? [])
}

function routeMetadata({ metadata }: RouteDefinition, defaults: RouteDefaults) {
  const { responsetimeout, authenticated, sessioncookies } = metadata
  const timeoutMs = responsetimeout === undefined ? defaults.responseTimeoutMs : parseDurationMs(String(responsetimeout))
  return {
    responseTimeoutMs: Math.max(0, timeoutMs),
    isAuthenticated: parseFlag('authenticated', authenticated, true),
    hasSessionCookies: parseFlag('session-cookies', sessioncookies, false),
  }
}

function parseFlag(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (String(value) === 'true') return true
  if (String(value) === 'false') return false
  throw new Error(`metadata ${name} must be true or false, found ${JSON.stringify(value)}`)
}
