import type { IncomingHttpHeaders } from 'node:http'
import type { Component } from '../definition.ts'
import type { Variables } from '../path-pattern.ts'

/** What predicates see of a request. */
export interface RoutableRequest {
  method: string
  /** The path's segments, decoded; `/` is one empty segment. */
  segments: readonly string[]
  headers: IncomingHttpHeaders
}

/** Whether a request is one for the route; may add variables. Must not throw. */
export type Predicate = (request: RoutableRequest, variables: Variables) => boolean

export interface CompiledPredicate {
  matches: Predicate
  /** Literal beginnings of which a matching path has one; without it any path may match. */
  prefixes?: readonly (readonly string[])[]
}

/** Compiles a predicate's arguments. Errors: a plain Error whose sentence names the argument. */
export type PredicateFactory = (component: Component) => CompiledPredicate
