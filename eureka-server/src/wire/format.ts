/** How an answer is written. Compact leaves out what only the instance itself and operators want to know. */
export interface Format {
  type: 'json' | 'xml'
  isCompact: boolean
}

export const FULL_JSON: Format = { type: 'json', isCompact: false }
const COMPACT_JSON: Format = { type: 'json', isCompact: true }
// Full XML stands for compact XML, too: no client is known to ask for it, and every reader of it takes the rest.
const FULL_XML: Format = { type: 'xml', isCompact: false }

export const MEDIA_TYPES = { json: 'application/json', xml: 'application/xml' } as const

/**
 * The format that a client asks for. As in Netflix's server this is no negotiation: what has "json" in Accept gets JSON,
 * everything else XML (specification, section 2).
 */
export function formatOf(accept: string | undefined, eurekaAccept: string | undefined): Format {
  if (!accept?.toLowerCase().includes('json')) return FULL_XML
  return eurekaAccept?.toLowerCase() === 'compact' ? COMPACT_JSON : FULL_JSON
}

/** What a request's body is, by its exact media type; undefined when it is neither, or in a charset that is not taken. */
export function bodyFormatOf(contentType: string | undefined): Format['type'] | undefined {
  const [mediaType = '', ...parameters] = (contentType ?? '').toLowerCase().split(';')
  const charset = /charset\s*=\s*"?([^"\s]+)/.exec(parameters.join(';'))?.[1] ?? 'utf-8'
  if (!['utf-8', 'utf8', 'us-ascii', 'iso-8859-1'].includes(charset)) return undefined
  return BODY_FORMATS[mediaType.trim()]
}

const BODY_FORMATS: Record<string, Format['type']> = { 'application/json': 'json', 'application/xml': 'xml', 'text/xml': 'xml' }
