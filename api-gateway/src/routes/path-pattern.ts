/** Values that the patterns of a route took from a request: decoded, by name. */
export type Variables = Record<string, string>

/** A compiled pattern in the notation of Spring's PathPattern. */
export interface PathPattern {
  /** The literal segments it begins with: what the route index goes by. */
  prefix: readonly string[]
  /** Whether the decoded segments match; adds what they captured to `variables` (also when a later segment fails). */
  matches(segments: readonly string[], variables: Variables): boolean
}

type SegmentMatcher = (segment: string, variables: Variables) => boolean

/**
 * Compiles `/a/{id}/*.json`, `/a/**`, `/a/{*rest}` and the like: `?` is one character, `*` any within a segment, `{v}` a
 * segment, `{v:regex}` one that matches fully, a last `**` or `{*rest}` any number of segments, none included.
 * `matchTrailingSlash` lets `/a` match `/a/` too.
 * Errors: a plain Error for what the notation does not allow.
 */
export function compilePathPattern(source: string, matchTrailingSlash: boolean): PathPattern {
  if (!source.startsWith('/')) throw new Error(`the path pattern "${source}" must begin with /`)
  const texts = source.slice(1).split(/\/(?![^{]*})/) // not at a slash within {name:regex}
  const tail = tailOf(texts.at(-1) ?? '')
  if (tail !== undefined) texts.pop()
  const misplaced = texts.find((text) => text === '**' || text.startsWith('{*'))
  if (misplaced !== undefined) throw new Error(`in the path pattern "${source}", ${misplaced} must be the last segment`)
  const matchers = texts.map((text, index) => compileSegment(text, tail === undefined && index === texts.length - 1))
  const firstPattern = texts.findIndex((text) => /[*?{]/.test(text))
  const prefix = firstPattern < 0 ? texts : texts.slice(0, firstPattern)
  const allowSlash = matchTrailingSlash && texts.at(-1) !== ''
  return { prefix, matches: tail === undefined ? matchFixed(matchers, allowSlash) : matchOpen(matchers, tail) }
}

// '' stands for a `**` that captures nothing.
function tailOf(text: string): string | undefined {
  if (text === '**') return ''
  return /^\{\*(\w+)\}$/.exec(text)?.[1]
}

function matchFixed(matchers: readonly SegmentMatcher[], allowSlash: boolean): PathPattern['matches'] {
  return (segments, variables) => {
    const hasSlash = allowSlash && segments.length === matchers.length + 1 && segments[matchers.length] === ''
    return (segments.length === matchers.length || hasSlash) && matchEach(matchers, segments, variables)
  }
}

function matchOpen(matchers: readonly SegmentMatcher[], tailName: string): PathPattern['matches'] {
  return (segments, variables) => {
    if (segments.length < matchers.length || !matchEach(matchers, segments, variables)) return false
    if (tailName !== '') {
      variables[tailName] = segments.length === matchers.length ? '' : `/${segments.slice(matchers.length).join('/')}`
    }
    return true
  }
}

function matchEach(matchers: readonly SegmentMatcher[], segments: readonly string[], variables: Variables): boolean {
  for (let index = 0; index < matchers.length; index++) {
    if (!matchers[index]?.(segments[index] ?? '', variables)) return false
  }
  return true
}

function compileSegment(text: string, isLast: boolean): SegmentMatcher {
  if (!/[*?{]/.test(text)) return (segment) => segment === text
  if (text === '*') return (segment) => isLast || segment !== ''
  const { expression, names } = segmentExpression(text)
  const single = names[0]
  if (single !== undefined && text === `{${single}}`) {
    return (segment, variables) => {
      variables[single] = segment
      return segment !== ''
    }
  }
  const regex = new RegExp(`^${expression}$`, 's')
  return (segment, variables) => {
    const found = regex.exec(segment)
    if (!found) return false
    names.forEach((name, index) => {
      variables[name] = found[index + 1] ?? ''
    })
    return true
  }
}

function segmentExpression(text: string): { expression: string; names: string[] } {
  const names: string[] = []
  let expression = ''
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index)
    if (char === '?') expression += '.'
    else if (char === '*') expression += '.*'
    else if (char === '{') {
      const end = closingBrace(text, index)
      const [name = '', constraint] = splitOnce(text.slice(index + 1, end), ':')
      expression += `(${variableExpression(name, constraint)})`
      names.push(name)
      index = end
    } else expression += char.replace(/[\\^$.|+()[\]}]/g, '\\$&')
  }
  return { expression, names }
}

function variableExpression(name: string, constraint: string | undefined): string {
  if (!/^\w+$/.test(name)) throw new Error(`"${name}" is no name for a variable of a path pattern`)
  if (constraint === undefined) return '.*'
  const groupCount = (new RegExp(`${constraint}|`).exec('')?.length ?? 1) - 1
  if (groupCount > 0) throw new Error(`the constraint of {${name}} must not have capture groups`)
  return constraint
}

function closingBrace(text: string, open: number): number {
  let depth = 0
  for (let index = open; index < text.length; index++) {
    if (text[index] === '{') depth++
    if (text[index] === '}' && --depth === 0) return index
  }
  throw new Error(`"${text}" has an open brace`)
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
