import type { Property } from './environment.ts'
import type { Segment } from './key.ts'

type Container = Record<string, unknown> | unknown[]

/** Beyond this a list is a typing error, and `list[999999999]` would fill the memory. */
const MAX_LIST_INDEX = 10_000

/**
 * Makes the tree that flat properties describe. Where a key has both a value and keys below it, those below win (an
 * empty map or list is served as `""`, which is no value next to real ones).
 * Errors: a plain Error for a list index above 10,000 and for keys that are not names (`__proto__`).
 */
export function buildTree(properties: Iterable<Property>): Record<string, unknown> {
  const tree: Record<string, unknown> = {}
  for (const { segments, value } of properties) place(tree, segments, value)
  return tree
}

function place(tree: Container, segments: readonly Segment[], value: unknown): void {
  let node = tree
  segments.forEach((segment, depth) => {
    const next = segments[depth + 1]
    if (next === undefined) {
      if (!isContainer(childOf(node, segment))) setChild(node, segment, value)
      return
    }
    const known = childOf(node, segment)
    const child: Container = isContainer(known) ? known : typeof next === 'number' ? [] : {}
    if (child !== known) setChild(node, segment, child)
    node = child
  })
}

function childOf(node: Container, segment: Segment): unknown {
  return Object.hasOwn(node, segment) ? Reflect.get(node, segment) : undefined
}

function setChild(node: Container, segment: Segment, value: unknown): void {
  if (segment === '__proto__') throw new Error('A configuration key must not be named __proto__.')
  if (typeof segment === 'number' && segment > MAX_LIST_INDEX) {
    throw new Error(`A configuration list has an item at position ${segment}; ${MAX_LIST_INDEX} is the highest allowed.`)
  }
  Reflect.set(node, segment, value)
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}
