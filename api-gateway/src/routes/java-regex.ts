/**
 * A regular expression in Java's notation that must match the whole text. What Java has and JavaScript has not
 * (possessive quantifiers, atomic groups) is refused with the engine's own message.
 */
export function compileFullMatch(source: string): RegExp {
  const { body, flags } = inlineFlags(source)
  return compile(`^(?:${body})$`, flags)
}

/**
 * Java's `replaceAll`: every match of `source` is replaced; in the replacement `$1` and `${name}` are groups and `\x` is
 * a plain x. `$\` is read as `$`, as Spring Cloud Gateway does to keep `${name}` out of its placeholders.
 * Errors: a plain Error for a bad expression or an unknown group.
 */
export function compileReplaceAll(source: string, replacement: string): (text: string) => string {
  const { body, flags } = inlineFlags(source)
  const pattern = compile(body, `g${flags}`)
  const parts = parseReplacement(replacement.replaceAll('$\\', '$'), groupsOf(body, flags))
  return (text) => text.replace(pattern, (...found: unknown[]) => parts.map((part) => render(part, found)).join(''))
}

type Part = string | { group: number } | { name: string }

interface Groups {
  count: number
  names: ReadonlySet<string>
}

function render(part: Part, found: readonly unknown[]): string {
  if (typeof part === 'string') return part
  if ('group' in part) return textOf(found[part.group])
  const named = found.at(-1) // the engine hands over the named groups last, when there are any
  return typeof named === 'object' && named !== null ? textOf(Reflect.get(named, part.name)) : ''
}

function textOf(group: unknown): string {
  return typeof group === 'string' ? group : ''
}

function parseReplacement(text: string, groups: Groups): Part[] {
  const parts: Part[] = []
  const token = /\\([\s\S])|\$\{(\w+)\}|\$(\d{1,2})|(\$)|([^\\$]+)|(\\)/g
  for (const [whole, escaped, name, digits, bareDollar, literal] of text.matchAll(token)) {
    if (literal !== undefined) parts.push(literal)
    else if (escaped !== undefined) parts.push(escaped)
    else if (name !== undefined) parts.push(namedPart(name, groups))
    else if (digits !== undefined) parts.push(...numberedParts(digits, groups))
    else throw new Error(`"${bareDollar ?? whole}" alone has no meaning in the replacement "${text}"`)
  }
  return parts
}

function namedPart(name: string, groups: Groups): Part {
  if (!groups.names.has(name)) throw new Error(`the replacement names the group "${name}", which the expression does not have`)
  return { name }
}

// `$12` is group 12 where there is one, otherwise group 1 and the text "2".
function numberedParts(digits: string, groups: Groups): Part[] {
  if (Number(digits) <= groups.count) return [{ group: Number(digits) }]
  const first = Number(digits[0])
  if (digits.length === 2 && first <= groups.count) return [{ group: first }, digits[1] ?? '']
  throw new Error(`the replacement names group ${digits}, but the expression has ${groups.count}`)
}

function groupsOf(body: string, flags: string): Groups {
  const found = compile(`${body}|`, flags).exec('') // the empty alternative always matches, with every group there is
  return { count: (found?.length ?? 1) - 1, names: new Set(Object.keys(found?.groups ?? {})) }
}

function inlineFlags(source: string): { body: string; flags: string } {
  const found = /^\(\?([ism]+)\)/.exec(source)
  return found ? { body: source.slice(found[0].length), flags: [...new Set(found[1])].join('') } : { body: source, flags: '' }
}

function compile(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags)
  } catch (error) {
    throw new Error(`the regular expression is not valid: ${error instanceof Error ? error.message : String(error)}`)
  }
}
