import { namedArguments } from '../arguments.ts'
import { compileFullMatch } from '../java-regex.ts'
import type { PredicateFactory } from './predicate.ts'

/** `Header=X-Request-Id, \d+`: the header is there and one of its comma-separated values matches fully. */
export const headerPredicate: PredicateFactory = (component) => {
  const values = namedArguments(component, ['header', 'regexp'])
  const name = values.get('header')?.toLowerCase()
  if (!name) throw new Error('argument "header" is missing')
  const regexp = values.get('regexp')
  const regex = regexp === undefined ? undefined : compileFullMatch(regexp)
  return {
    matches: ({ headers }) => {
      const value = headers[name]
      if (value === undefined || !regex) return value !== undefined
      return splitValues(String(value)).some((item) => regex.test(item))
    },
  }
}

/** Splits at commas, but not within a quoted string. */
function splitValues(value: string): string[] {
  return (value.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g) ?? ['']).map((item) => item.trim())
}
