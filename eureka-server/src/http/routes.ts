import type { Action } from '../guard/access-rules.ts'
import type { Answer } from './answer.ts'
import type { EurekaRequest } from './eureka-request.ts'

/** Answers a request; `first` and `second` are the parts of its path where the pattern has `*`, empty when it has none. */
export type Handler = (request: EurekaRequest, first: string, second: string) => Answer | Promise<Answer>

/** What may be asked of an address, and by whom. */
export interface Operation {
  /** The right that it takes; from a peer that passes something on, `replicate`. */
  right: Action
  /** The application that the right must hold for. Without: some application is enough, and the handler touches no other. */
  application?(first: string): string
  handle: Handler
}

/** An address below a base. */
export interface Route {
  /** Its segments, `*` where any may stand, e.g. `apps/*`. */
  pattern: string
  /** By method. */
  operations: Readonly<Partial<Record<string, Operation>>>
}

/** Finds the route of a path; routes that come first win. */
export function createRouter(routes: readonly Route[]): (segments: readonly string[]) => Route | undefined {
  const prepared = routes.map((route) => ({ route, parts: route.pattern.split('/') }))
  return (segments) =>
    prepared.find(({ parts }) => parts.length === segments.length && parts.every((part, index) => part === '*' || part === segments[index]))
      ?.route
}

/** What stands in the path where the pattern has `*`. */
export function namesIn({ pattern }: Route, segments: readonly string[]): string[] {
  return pattern.split('/').flatMap((part, index) => (part === '*' ? [segments[index] ?? ''] : []))
}
