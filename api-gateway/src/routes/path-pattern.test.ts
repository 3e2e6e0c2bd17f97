import { expect, test } from 'vitest'
import { compilePathPattern, type Variables } from './path-pattern.ts'

function captured(pattern: string, path: string, matchTrailingSlash = true): Variables | undefined {
  const variables: Variables = {}
  const segments = path.slice(1).split('/').map(decodeURIComponent)
  return compilePathPattern(pattern, matchTrailingSlash).matches(segments, variables) ? variables : undefined
}

test.each([
  ['/', '/', true],
  ['/', '/a', false],
  ['/ws', '/ws', true],
  ['/ws', '/ws/', true],
  ['/ws', '/ws/x', false],
  ['/ws', '/wsx', false],
  ['/f?o/bar', '/foo/bar', true],
  ['/f?o/bar', '/f%20o/bar', true],
  ['/*/bar', '/foo/bar', true],
  ['/*/bar', '/bar', false],
  ['/*', '/', true],
  ['/*', '/a/b', false],
  ['/a*b*c*d/bar', '/abcd/bar', true],
  ['/resource/**', '/resource', true],
  ['/resource/**', '/resource/', true],
  ['/resource/**', '/resource/foobar', true],
  ['/resource/**', '/resource/a/b/c', true],
  ['/resource/**', '/resourceX', false],
  ['/**', '/', true],
  ['/**', '/a/b', true],
  ['/{var}', '/', false],
  ['/x.y', '/xzy', false],
  ['/a/*.js', '/a/script.js', true],
  ['/a/*.js', '/a/style.css', false],
])('%s and %s: %s', (pattern, path, matches) => {
  expect(captured(pattern, path) !== undefined).toBe(matches)
})

test.each([
  ['/{foo:[0-9]*}', '/123', { foo: '123' }],
  ['/{foo:[a-z][a-z]}{bar:[a-z]}', '/abc', { foo: 'ab', bar: 'c' }],
  ['/{v:\\d{2,3}}/x', '/12/x', { v: '12' }],
  ['/{var1}/{var2}', '/f%20o/f%7Co', { var1: 'f o', var2: 'f|o' }],
  ['/{name}.{extension}', '/test.html', { name: 'test', extension: 'html' }],
  ['/A-{B}-C', '/A-b-C', { B: 'b' }],
  ['/customer/{*s}', '/customer', { s: '' }],
  ['/customer/{*s}', '/customer/', { s: '/' }],
  ['/customer/{*s}', '/customer/aa/bb', { s: '/aa/bb' }],
])('%s takes from %s %j', (pattern, path, variables) => {
  expect(captured(pattern, path)).toEqual(variables)
})

test('without the flag a trailing slash makes another path', () => {
  expect(captured('/foo', '/foo/', false)).toBeUndefined()
  expect(captured('/foo', '/foo', false)).toEqual({})
})

test.each(['foo', '/a/**/b', '/{*rest}/b', '/{a', '/{a b}', '/{a:(x)}', '/{a:[}'])('the pattern %s is refused', (pattern) => {
  expect(() => compilePathPattern(pattern, true)).toThrow()
})
