import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
  type YAMLMap,
} from 'yaml'
import { type ConfigDocument, ConfigFileError, MAX_PROPERTIES_PER_FILE } from './document.ts'
import { readPlainScalar } from './yaml-scalar.ts'

const MAX_DEPTH = 100
const TYPED_TAG = /^tag:yaml\.org,2002:(?:int|float|bool|null)$/
const PLAIN_TAG = /^tag:yaml\.org,2002:(?:str|map|seq)$/

/**
 * Reads the documents of a YAML file and flattens each as Spring Boot does: maps join with `.`, items with `[i]`, an
 * empty list and null are `""`, an empty map is nothing, a document that is not a map stands under the key `document`.
 * Errors: ConfigFileError with the line.
 */
export function parseYamlDocuments(fileName: string, text: string): ConfigDocument[] {
  const lines = new LineCounter()
  // Failsafe leaves scalars as they are written: Spring's reading of them is neither YAML 1.1's nor 1.2's.
  const documents = parseAllDocuments(text, { schema: 'failsafe', prettyErrors: false, lineCounter: lines })
  const refuse = (offset: number | undefined, reason: string) =>
    new ConfigFileError(fileName, offset === undefined ? undefined : lines.linePos(offset).line, reason)
  if (!Array.isArray(documents)) return []
  for (const { errors } of documents) for (const error of errors) throw refuse(error.pos[0], error.message)
  const budget = { left: MAX_PROPERTIES_PER_FILE }
  return documents
    .filter((document) => document.contents !== null)
    .map((document) => flattenDocument(document, { budget, refuse }))
    .filter((properties) => properties.length > 0)
}

interface Flattening {
  target: Map<string, string>
  /** What each alias of the document stands for. */
  aliases: Map<Alias, Node>
  /** Nodes that may still be visited, over all documents of the file: aliases can make a small file endless. */
  budget: { left: number }
  refuse(offset: number | undefined, reason: string): ConfigFileError
}

function flattenDocument(document: Document, context: Pick<Flattening, 'budget' | 'refuse'>): ConfigDocument {
  const flattening = { ...context, aliases: aliasesOf(document), target: new Map<string, string>() }
  const { contents } = document
  if (isMap(contents)) flattenMap(flattening, contents, '', 0)
  else if (!isEmptyScalar(contents)) flatten(flattening, contents, 'document', 0)
  return [...flattening.target].map(([key, json]) => ({ key, json }))
}

/** One pass, because Alias.resolve walks the whole document for each alias. An anchor's name may be given again further down. */
function aliasesOf(document: Document): Map<Alias, Node> {
  const anchors = new Map<string, Node>()
  const aliases = new Map<Alias, Node>()
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source)
        if (target) aliases.set(node, target)
      } else if (node.anchor) {
        anchors.set(node.anchor, node)
      }
    },
  })
  return aliases
}

function resolveAlias({ aliases, refuse }: Flattening, node: unknown): unknown {
  if (!isAlias(node)) return node
  const target = aliases.get(node)
  if (!target) throw refuse(offsetOf(node), 'has an alias (*) whose anchor (&) is not defined before it')
  return target
}

function flatten(flattening: Flattening, aliasOrNode: unknown, path: string, depth: number): void {
  visitNode(flattening, aliasOrNode, depth)
  const node = resolveAlias(flattening, aliasOrNode)
  if (isMap(node)) {
    flattenMap(flattening, node, path, depth)
  } else if (isSeq(node)) {
    if (node.items.length === 0) flattening.target.set(path, '""')
    for (const [index, item] of node.items.entries()) flatten(flattening, item, `${path}[${index}]`, depth + 1)
  } else {
    flattening.target.set(path, scalarJson(flattening, node))
  }
}

function flattenMap(flattening: Flattening, map: YAMLMap, path: string, depth: number): void {
  for (const { merged, keyText, value } of entriesOf(flattening, map, depth)) {
    if (merged) {
      flattenMap(flattening, merged, path, depth + 1)
      continue
    }
    const key = path === '' || keyText.startsWith('[') ? `${path}${keyText}` : `${path}.${keyText}`
    flatten(flattening, value, key, depth + 1)
  }
}

type Entry = { merged: YAMLMap; keyText: ''; value: null } | { merged: undefined; keyText: string; value: unknown }

/** A map's own entries after those it merges with `<<`, which they override. */
function entriesOf(flattening: Flattening, map: YAMLMap, depth: number): Entry[] {
  visitNode(flattening, map, depth)
  const own: Entry[] = []
  const merged: Entry[] = []
  for (const pair of map.items) {
    if (isMergeKey(pair))
      merged.push(...mergedMaps(flattening, pair).map((other) => ({ merged: other, keyText: '' as const, value: null })))
    else own.push({ merged: undefined, keyText: keyTextOf(flattening, pair.key), value: pair.value })
  }
  // With several maps the first wins, so it comes last.
  return [...merged.reverse(), ...own]
}

function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.source === '<<'
}

function mergedMaps(flattening: Flattening, { key, value }: Pair): YAMLMap[] {
  const target = resolveAlias(flattening, value)
  const maps = isSeq(target) ? target.items.map((item) => resolveAlias(flattening, item)) : [target]
  return maps.map((map) => {
    if (!isMap(map)) throw flattening.refuse(offsetOf(key), 'merges (<<) something that is not a map')
    return map
  })
}

/** Keys that are not text go into brackets, as in Spring: `7:` is `[7]`, `on:` is `[true]`. */
function keyTextOf(flattening: Flattening, key: unknown): string {
  const node = resolveAlias(flattening, key)
  if (!isScalar(node)) throw flattening.refuse(offsetOf(node), 'has a key that is not a scalar')
  const text = String(node.value ?? '')
  if (node.type !== 'PLAIN') return text
  const plain = readPlainScalar(node.source ?? text)
  if (plain.kind === 'text') return text
  return plain.kind === 'null' ? '[null]' : `[${plain.json.replaceAll('"', '')}]`
}

function scalarJson(flattening: Flattening, node: unknown): string {
  if (node === null || node === undefined) return '""'
  if (!isScalar(node)) throw flattening.refuse(offsetOf(node), 'has a value of an unknown kind')
  const text = String(node.value ?? '')
  const isTyped = node.tag !== undefined && TYPED_TAG.test(node.tag)
  if (node.tag !== undefined && !isTyped && !PLAIN_TAG.test(node.tag)) {
    throw flattening.refuse(offsetOf(node), `has a value with the tag ${node.tag}, which is not supported`)
  }
  if (!isTyped && (node.type !== 'PLAIN' || node.tag !== undefined)) return JSON.stringify(text)
  const plain = readPlainScalar(node.source ?? text)
  return plain.kind === 'text' ? JSON.stringify(text) : plain.json
}

function visitNode({ budget, refuse }: Flattening, node: unknown, depth: number): void {
  if (depth > MAX_DEPTH) throw refuse(offsetOf(node), `is nested more than ${MAX_DEPTH} levels deep`)
  if (budget.left-- <= 0) throw refuse(offsetOf(node), `has more than ${MAX_PROPERTIES_PER_FILE} settings`)
}

function isEmptyScalar(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.type === 'PLAIN' && (node.source ?? '') === '')
}

function offsetOf(node: unknown): number | undefined {
  return (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) && node.range ? node.range[0] : undefined
}
