import type { WireObject, WireValue } from './canonical.ts'

const INDENT = '  '
const XML_NAME = /^[\p{L}_][\p{L}\p{N}._-]*$/u

/**
 * An element in the form of Netflix's server: two spaces a level, no declaration. Members `@x` become attributes, `$` the
 * text, lists repeated elements. Metadata keys that are no XML names cannot be expressed and are left out.
 */
export function xmlElement(name: string, value: WireValue, indent = ''): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return value.map((item) => xmlElement(name, item, indent)).join('')
  if (typeof value !== 'object') return `${indent}<${name}>${escapeXml(String(value))}</${name}>\n`
  const opening = `${indent}<${name}${attributesOf(value)}`
  if (value.$ !== undefined) return `${opening}>${escapeXml(String(value.$))}</${name}>\n`
  const children = childrenOf(name, value, indent + INDENT)
  return children === '' ? `${opening}/>\n` : `${opening}>\n${children}${indent}</${name}>\n`
}

function attributesOf(value: WireObject): string {
  return Object.entries(value)
    .filter(([member]) => member.startsWith('@'))
    .map(([member, text]) => ` ${member.slice(1)}="${escapeXml(String(text))}"`)
    .join('')
}

function childrenOf(parent: string, value: WireObject, indent: string): string {
  let children = ''
  for (const [member, child] of Object.entries(value)) {
    const name = parent === 'metadata' ? escapeName(member) : (ELEMENT_NAMES[member] ?? member)
    if (!member.startsWith('@') && XML_NAME.test(name)) children += xmlElement(name, child, indent)
  }
  return children
}

const ELEMENT_NAMES: Record<string, string> = { overriddenStatus: 'overriddenstatus' }

/** XStream's way with names: `_` becomes `__` and `$` becomes `_-`. */
function escapeName(name: string): string {
  return name.replaceAll('_', '__').replaceAll('$', '_-')
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '\r': '&#xd;' }

export function escapeXml(text: string): string {
  if (!/[&<>"'\p{Cc}\p{Cs}\uFFFE\uFFFF]/u.test(text)) return text
  return (
    text
      // Characters that no XML document may hold, not even escaped.
      .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
      .replace(/[&<>"'\r]/g, (character) => ENTITIES[character] ?? character)
  )
}
