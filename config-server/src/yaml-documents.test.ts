import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { parseYamlDocuments } from './yaml-documents.ts'

test('maps join with dots, items with positions; an empty list and null are "", an empty map is nothing', () => {
  expect(flat('a:\n  b: 1\n  list: [x, {y: 2}, [3]]\n  none:\n  empty: []\n  nothing: {}\n')).toEqual([
    { 'a.b': 1, 'a.list[0]': 'x', 'a.list[1].y': 2, 'a.list[2][0]': 3, 'a.none': '', 'a.empty': '' },
  ])
})

test('keys that are not text stand in brackets, keys with dots stay', () => {
  expect(flat('nested:\n  7: a\n  on: b\n  "8": c\n  dotted.key: 3\n  "[x.y]": d')).toEqual([
    { 'nested[7]': 'a', 'nested[true]': 'b', 'nested.8': 'c', 'nested.dotted.key': 3, 'nested[x.y]': 'd' },
  ])
})

test('quoted scalars are text, plain ones are what Spring reads', () => {
  expect(flat(`a: '1'\nb: 1\nc: "yes"\nd: yes\ne: !!str 5\nf: !!int "5"\ng: |\n  on\n`)).toEqual([
    { a: '1', b: 1, c: 'yes', d: true, e: '5', f: 5, g: 'on\n' },
  ])
})

test('each document that is not empty is one of its own; one that is no map stands under "document"', () => {
  expect(flat('a: 1\n---\n# nothing\n---\nb: 2\n---\n- x\n---\njust text\n')).toEqual([
    { a: 1 },
    { b: 2 },
    { 'document[0]': 'x' },
    { document: 'just text' },
  ])
  expect(flat('# only a comment\n')).toEqual([])
  expect(flat('')).toEqual([])
})

test('aliases and merges are followed, and what a map says itself wins', () => {
  expect(flat('base: &b {x: 1, y: 2}\nother:\n  <<: *b\n  y: 3\nmany:\n  <<: [*b, {x: 9, z: 4}]\nsame: *b\n')).toEqual([
    { 'base.x': 1, 'base.y': 2, 'other.x': 1, 'other.y': 3, 'many.x': 1, 'many.z': 4, 'many.y': 2, 'same.x': 1, 'same.y': 2 },
  ])
})

test.each([
  ['a key that is there twice', 'a: 1\nb: 2\na: 3\n', 3],
  ['broken syntax', 'a: 1\nb: [1, 2\n', 3],
  ['an alias without an anchor', 'a: 1\nb: *nope\n', 2],
  ['an unknown tag', 'a: 1\nb: !!java.util.Date 5\n', 2],
  ['a map that contains itself', 'a: &x\n  b: *x\n', undefined],
  ['a merge of something else', 'a:\n  <<: 5\n', 2],
])('%s is refused with file and line', (_what, text, line) => {
  expect(() => parseYamlDocuments('bad.yml', text)).toThrow(
    line === undefined ? /^bad\.yml, line \d+: / : new RegExp(`^bad\\.yml, line ${line}: `),
  )
})

test.each(['x', '{}'])('aliases that multiply each other end in an error (leaves %s)', (leaf) => {
  const levels = Array.from({ length: 9 }, (_, level) => `l${level + 1}: &l${level + 1} [${Array(10).fill(`*l${level}`).join(', ')}]`)
  expect(() => parseYamlDocuments('bomb.yml', `l0: &l0 ${leaf}\n${levels.join('\n')}\n`)).toThrow('more than 50000 settings')
})

test.each(['password: "s3cret\nb: 1', 'password: s3cret: x\n', 's3cret: 1\ns3cret: 2\n', 'a: [s3cret\n', 'a: !!s3cret-free b\n@s3cret\n'])(
  'an error never quotes a value (%#)',
  (text) => {
    const attempt = () => parseYamlDocuments('bad.yml', text)
    expect(attempt).toThrow(/^bad\.yml, line \d+: /)
    expect(attempt).not.toThrow(/s3cret(?!-free)/)
  },
)

test('what the yaml library writes is read as it was', () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean())
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^k[a-z]{1,5}$/), leaf, { minKeys: 1, noNullPrototype: true }), (values) => {
      expect(flat(stringify(values, { version: '1.1' }))).toEqual([values])
    }),
  )
})

test('any text is read or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'a1:-[]{}&*!|>\'"#%@,? \n\t~<') }), (text) => {
      try {
        flat(text)
      } catch (error) {
        expect(String(error)).toMatch(/^ConfigFileError: test\.yml/)
      }
    }),
  )
})

function flat(text: string): Record<string, unknown>[] {
  return parseYamlDocuments('test.yml', text).map((document) =>
    Object.fromEntries(document.map(({ key, json }) => [key, JSON.parse(json)])),
  )
}
