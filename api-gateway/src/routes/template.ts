import type { Variables } from './path-pattern.ts'

/** Fills a compiled template; `encode` makes each inserted value harmless where it goes. */
export type Template = (variables: Variables, encode: (value: string, name: string) => string) => string

/** Compiles text with `{name}` or `{*name}` in it. A name that the request did not bring becomes an empty text. */
export function compileTemplate(text: string): Template {
  const parts = text.split(/\{\*?(\w+)\}/) // literal, name, literal, name, ..., literal
  if (parts.length === 1) return () => text
  return (variables, encode) => parts.map((part, index) => (index % 2 === 0 ? part : encode(variables[part] ?? '', part))).join('')
}
