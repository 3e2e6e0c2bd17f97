import { listArguments } from '../arguments.ts'
import type { PredicateFactory } from './predicate.ts'

/** `Method=GET, POST`: one of the methods. */
export const methodPredicate: PredicateFactory = (component) => {
  const methods = new Set(listArguments(component))
  const odd = [...methods].find((method) => !/^[A-Z]+$/.test(method))
  if (odd !== undefined) throw new Error(`"${odd}" is no HTTP method; methods are written in capitals`)
  return { matches: (request) => methods.has(request.method) }
}
