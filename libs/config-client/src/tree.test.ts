import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Property } from './environment.ts'
import { segmentsOf } from './key.ts'
import { buildTree } from './tree.ts'

test('flattening a tree and building it again gives the same tree', () => {
  const name = fc.stringMatching(/^[a-z][a-zA-Z]{0,6}$/)
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean())
  const { tree } = fc.letrec<{ value: unknown; tree: Record<string, unknown> }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { minLength: 1, maxLength: 3 }), tie('tree')),
    tree: fc.dictionary(name, tie('value'), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
  }))
  fc.assert(
    fc.property(tree, (original) => {
      expect(buildTree(flatten('', original))).toEqual(original)
    }),
  )
})

test('keys below win over a value of the key itself, in either order', () => {
  const flat = properties({ a: '', 'a.b': 1 })
  expect(buildTree(flat)).toEqual({ a: { b: 1 } })
  expect(buildTree(flat.reverse())).toEqual({ a: { b: 1 } })
})

test('a key named __proto__ is refused', () => {
  expect(() => buildTree(properties({ 'a.__proto__.isAdmin': true }))).toThrow('__proto__')
  expect(Object.prototype).not.toHaveProperty('isAdmin')
})

test('a list position that would fill the memory is refused', () => {
  expect(() => buildTree(properties({ 'list[999999999]': 1 }))).toThrow('10000 is the highest')
})

function properties(flat: Record<string, unknown>): Property[] {
  return Object.entries(flat).map(([key, value]) => ({ segments: segmentsOf(key), value, origin: 'test' }))
}

function flatten(path: string, value: unknown): Property[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => flatten(`${path}[${index}]`, item))
  if (typeof value !== 'object' || value === null) return properties({ [path]: value })
  return Object.entries(value).flatMap(([key, child]) => flatten(path === '' ? key : `${path}.${key}`, child))
}
