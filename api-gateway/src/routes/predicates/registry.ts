import { headerPredicate } from './header.ts'
import { hostPredicate } from './host.ts'
import { methodPredicate } from './method.ts'
import { pathPredicate } from './path.ts'
import type { PredicateFactory } from './predicate.ts'

/** Every predicate there is, by the name that configuration uses. */
export const PREDICATES: ReadonlyMap<string, PredicateFactory> = new Map([
  ['Path', pathPredicate],
  ['Method', methodPredicate],
  ['Host', hostPredicate],
  ['Header', headerPredicate],
])
