import type { Lease } from '../registry/instance.ts'
import type { Application } from '../registry/registry.ts'
import { canonicalInstance, compactInstance, type WireObject } from './canonical.ts'
import { type Format, MEDIA_TYPES } from './format.ts'
import { xmlElement } from './xml-writer.ts'

/** What stands at the head of a list of applications. */
export interface ListingHead {
  /** `1` for everything, `-1` for a selection, else the version of the registry. */
  version: string
  hashCode: string
}

/** Text before, between and after the applications of a list. */
export interface ListingFrame {
  start: string
  separator: string
  end: string
}

/** The frame of `applications`; with what `applicationText` answers between, it is the whole answer. */
export function listingFrame({ version, hashCode }: ListingHead, format: Format): ListingFrame {
  if (format.type === 'xml') {
    const head = xmlElement('versions__delta', version, '  ') + xmlElement('apps__hashcode', hashCode, '  ')
    return { start: `<applications>\n${head}`, separator: '', end: '</applications>' }
  }
  const head = `"versions__delta":${JSON.stringify(version)},"apps__hashcode":${JSON.stringify(hashCode)}`
  return format.isCompact
    ? { start: '{"applications":{"application":[', separator: ',', end: `],${head}}}` }
    : { start: `{"applications":{${head},"application":[`, separator: ',', end: ']}}' }
}

/** An application as it stands in a list. */
export function applicationText(name: string, leases: Iterable<Lease>, format: Format): string {
  const instance = Array.from(leases, format.isCompact ? compactInstance : canonicalInstance)
  return format.type === 'xml' ? xmlElement('application', { name, instance }, '  ') : JSON.stringify({ name, instance })
}

/** `{"application": ...}` or `<application>`. */
export function applicationDocument({ name, leases }: Application, format: Format): string {
  return documentOf(
    'application',
    { name, instance: Array.from(leases.values(), format.isCompact ? compactInstance : canonicalInstance) },
    format,
  )
}

/** `{"instance": ...}` or `<instance>`; always in full. */
export function instanceDocument(lease: Lease, format: Format): string {
  return documentOf('instance', canonicalInstance(lease), format)
}

/** A value with its name around it. */
export function documentOf(name: string, value: WireObject, format: Format): string {
  return format.type === 'xml' ? xmlElement(name, value).trimEnd() : JSON.stringify({ [name]: value })
}

export function mediaTypeOf({ type }: Format): string {
  return MEDIA_TYPES[type]
}
