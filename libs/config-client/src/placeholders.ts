import { pathOf, segmentsOf } from './key.ts'

/** A value larger than this is not a setting but placeholders that multiply each other. */
const MAX_VALUE_LENGTH = 100_000

/**
 * Makes a function that replaces `${key}` and `${key:default}` in a text, keys and defaults nested as wanted.
 * `lookUp` answers the value at a path, or undefined. What cannot be found and has no default stays as it is, as does
 * `\${literal}` without its backslash. Errors: a plain Error for keys that refer to each other in a circle, and for a
 * value that grows beyond 100,000 characters.
 */
export function createPlaceholderResolver(lookUp: (path: string) => unknown): (text: string) => string {
  const resolved = new Map<string, string>()

  function resolveKey(key: string, asking: readonly string[]): string | undefined {
    const path = pathOf(segmentsOf(key.trim()))
    const known = resolved.get(path)
    if (known !== undefined) return known
    const value = lookUp(path)
    if (value === undefined) return undefined
    if (asking.includes(path)) throw new Error(`The placeholders ${[...asking, path].join(' -> ')} refer to each other in a circle.`)
    const text = resolve(String(value), [...asking, path])
    resolved.set(path, text)
    return text
  }

  function resolve(text: string, asking: readonly string[]): string {
    let result = ''
    let at = 0
    for (let start = text.indexOf('${'); start >= 0; start = text.indexOf('${', at)) {
      const end = closingBrace(text, start + 2)
      if (end < 0) break
      const escapes = /\\{0,2}$/.exec(text.slice(at, start))?.[0].length ?? 0
      result += text.slice(at, start - escapes)
      const whole = text.slice(start, end + 1)
      result += escapes > 0 ? whole : replacePlaceholder(whole, asking)
      at = end + 1
      if (result.length > MAX_VALUE_LENGTH) {
        throw new Error(`A configuration value grows beyond ${MAX_VALUE_LENGTH} characters by its placeholders (${asking.join(' -> ')}).`)
      }
    }
    return result + text.slice(at)
  }

  function replacePlaceholder(whole: string, asking: readonly string[]): string {
    const inner = resolve(whole.slice(2, -1), asking)
    const direct = resolveKey(inner, asking)
    if (direct !== undefined) return direct
    const colon = inner.indexOf(':')
    if (colon < 0) return whole
    return resolveKey(inner.slice(0, colon), asking) ?? inner.slice(colon + 1)
  }

  return (text) => resolve(text, [])
}

/** Index of the brace that closes a placeholder whose inside starts at `from`; -1 when none does. */
function closingBrace(text: string, from: number): number {
  let depth = 1
  for (let index = from; index < text.length; index++) {
    if (text.startsWith('${', index)) depth++
    if (text[index] === '}' && --depth === 0) return index
  }
  return -1
}
