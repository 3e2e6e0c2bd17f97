import { listAndFlag } from '../arguments.ts'
import { compilePathPattern } from '../path-pattern.ts'
import type { PredicateFactory } from './predicate.ts'

/** `Path=/api/orders/**, /orders/{id}`: one of the patterns; a last `false` tells `/a` and `/a/` apart. */
export const pathPredicate: PredicateFactory = (component) => {
  const { list, flag = true } = listAndFlag(component)
  const patterns = list.map((pattern) => compilePathPattern(pattern, flag))
  return {
    prefixes: patterns.map((pattern) => pattern.prefix),
    matches: (request, variables) => patterns.some((pattern) => pattern.matches(request.segments, variables)),
  }
}
