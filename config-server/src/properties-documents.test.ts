import { expect, test } from 'vitest'
import { parsePropertiesDocuments } from './properties-documents.ts'

test('keys end at =, : or a blank; values are text and keep their trailing blanks', () => {
  expect(flat('a=1\nb: 2\nc 3 \n  d  =  4\nalone\n=nothing\n')).toEqual([{ a: '1', b: '2', c: '3 ', d: '4', alone: '' }])
})

test('comments and blank lines say nothing', () => {
  expect(flat('# a=1\n! b=2\n\nc=3 # not a comment\n')).toEqual([{ c: '3 # not a comment' }])
})

test('a backslash joins lines and escapes characters', () => {
  expect(flat('a=one, \\\n   two\nb\\=c=x\\ty\\u00e9\nc=end\\\\\nd=1\n')).toEqual([{ a: 'one, two', 'b=c': 'x\tyé', c: 'end\\', d: '1' }])
})

test('key[] stands for the items of a list', () => {
  expect(flat('list[]=a,b\n')).toEqual([{ 'list[0]': 'a', 'list[1]': 'b' }])
})

test('#--- and !--- begin a new document', () => {
  expect(flat('a=1\n#---\nb=2\n!---  \nc=3\n# text\n#---\nd=4\n')).toEqual([{ a: '1' }, { b: '2' }, { c: '3', d: '4' }])
})

test('a broken escape is refused with file and line', () => {
  expect(() => parsePropertiesDocuments('bad.properties', 'a=1\nb=\\u12g4\n')).toThrow('bad.properties, line 2: has a \\u escape')
})

function flat(text: string): Record<string, unknown>[] {
  return parsePropertiesDocuments('test.properties', text).map((document) =>
    Object.fromEntries(document.map(({ key, json }) => [key, JSON.parse(json)])),
  )
}
