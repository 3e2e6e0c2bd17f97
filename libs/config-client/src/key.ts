/** One step of a property key: a name, or a position in a list. */
export type Segment = string | number

const KEBAB_CASE = /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/

/**
 * The steps of a flat key: `servers[0].max-wait` is `['servers', 0, 'maxWait']`.
 *
 * Spring's relaxed binding, in part: a step in kebab-case becomes camelCase, so that both spellings mean the same. That
 * also meets keys of a map (`limits.blue-shoe`); text in brackets stays as it is, as in Spring: `limits[blue-shoe]`.
 */
export function segmentsOf(key: string): Segment[] {
  const segments: Segment[] = []
  for (const match of key.matchAll(/\[([^\]]*)\]|[^.[]+/g)) {
    const [text, bracketed] = match
    if (bracketed === undefined) segments.push(toCamelCase(text))
    else segments.push(/^\d{1,9}$/.test(bracketed) ? Number(bracketed) : bracketed)
  }
  return segments
}

/** The key as one text that is the same for every spelling: `servers.0.maxWait`. */
export function pathOf(segments: readonly Segment[]): string {
  return segments.join('.')
}

function toCamelCase(name: string): string {
  return KEBAB_CASE.test(name) ? name.replace(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase()) : name
}
