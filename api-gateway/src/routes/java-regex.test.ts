import { expect, test } from 'vitest'
import { compileFullMatch, compileReplaceAll } from './java-regex.ts'

test.each([
  ['/foo', '/baz', '/foo/bar%20foobar', '/baz/bar%20foobar'],
  ['/foo/(?<id>\\d.*)', '/bar/baz/$\\{id}', '/foo/123', '/bar/baz/123'],
  ['/api/operations/[^/]+', '/operations', '/api/operations/order-service/dead-letters', '/operations/dead-letters'],
  ['/red(?<segment>/?.*)', '$\\{segment}', '/red/blue', '/blue'],
  ['(a)(b)?', '$1$2', 'ac', 'ac'],
  ['(a)', '$12', 'a', 'a2'],
  ['a', '\\$1', 'a', '$1'],
  ['a', '$\\{x', 'a', undefined],
  ['a', '$\\{nope}', 'a', undefined],
  ['a', '$1', 'a', undefined],
  ['a', '$&', 'a', undefined],
  ['(?i)ABC', 'x', 'abc', 'x'],
  ['a*+', 'x', 'a', undefined],
])('%s replaced by %s in %s gives %s', (regexp, replacement, text, expected) => {
  if (expected === undefined) expect(() => compileReplaceAll(regexp, replacement)).toThrow()
  else expect(compileReplaceAll(regexp, replacement)(text)).toBe(expected)
})

test('a full match is one of the whole text', () => {
  expect(compileFullMatch('a|b').test('b')).toBe(true)
  expect(compileFullMatch('a|b').test('ab')).toBe(false)
  expect(compileFullMatch('\\d+').test('12\n')).toBe(false)
})
