import { listArguments } from '../arguments.ts'
import type { PredicateFactory } from './predicate.ts'

/**
 * `Host=**.example.org, shop.local:8080`: the Host header, port included, matches one of the patterns: `?` one character,
 * `*` within a label, `**` any number of labels (none too), `{name}` and `{name:regex}` a label. Case does not count.
 */
export const hostPredicate: PredicateFactory = (component) => {
  const patterns = listArguments(component).map(compileHostPattern)
  return {
    matches: (request, variables) => {
      const host = request.headers.host ?? ''
      return patterns.some(({ regex, names }) => {
        const found = regex.exec(host)
        names.forEach((name, index) => {
          if (found) variables[name] = found[index + 1] ?? ''
        })
        return found !== null
      })
    },
  }
}

function compileHostPattern(pattern: string): { regex: RegExp; names: readonly string[] } {
  const names: string[] = []
  const expression = pattern.replace(/^\*\*\.|\.\*\*|\*\*|\*|\?|\{(\w+)(?::([^}]+))?\}|[\\^$.|+()[\]{}]/g, (token, name, constraint) => {
    if (token === '**.') return '(?:[^.]+\\.)*'
    if (token === '.**') return '(?:\\.[^.]+)*'
    if (token === '**') return '.*'
    if (token === '*') return '[^.]*'
    if (token === '?') return '[^.]'
    if (name === undefined) return `\\${token}`
    names.push(name)
    return `(${constraint ?? '[^.]+'})`
  })
  return { regex: new RegExp(`^${expression}\\.?$`, 'i'), names }
}
