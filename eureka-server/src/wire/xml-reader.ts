import { AppError } from '@order-flow/service-kit'
import { XMLParser } from 'fast-xml-parser'

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '$',
  // Texts stay texts: an instance id 007 is no number.
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
})

/** Reads Eureka's XML into the shape of its JSON: attributes as `@x`, texts beside them as `$`. Errors: `invalid`. */
export function parseXml(text: string): unknown {
  // Entities of its own are the way to make a small document large; no Eureka client declares any.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw unreadable('it has a document type')
  let document: unknown
  try {
    document = parser.parse(text, true)
  } catch (error) {
    throw unreadable('it is no XML', error)
  }
  return unescapeMetadata(document)
}

/** Undoes what `xmlElement` does to metadata keys. */
function unescapeMetadata(document: unknown): unknown {
  if (!isObject(document) || !isObject(document.instance) || !isObject(document.instance.metadata)) return document
  const entries = Object.entries(document.instance.metadata).map(([key, value]) => [
    key.replace(/__|_-/g, (found) => (found === '__' ? '_' : '$')),
    value,
  ])
  return { ...document, instance: { ...document.instance, metadata: Object.fromEntries(entries) } }
}

function unreadable(why: string, cause?: unknown): AppError {
  return new AppError('invalid', `cannot parse request body: ${why}`, { problem: 'unreadable-body', cause })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
