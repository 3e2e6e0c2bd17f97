import { expect, test } from 'vitest'
import { compileRoutes, type Route, type RouteDefaults } from './route.ts'

const defaults: RouteDefaults = { maxBodyBytes: 1000, responseTimeoutMs: 30_000, filters: [] }

function compileOne(route: Record<string, unknown>): Route {
  const [compiled] = compileRoutes([{ id: 'r', uri: 'lb://service', predicates: ['Path=/a/**'], ...route }], defaults)
  if (!compiled) throw new Error('The route was left out.')
  return compiled
}

function rewritten(route: Route, path: string): string {
  return route.pathRewrites.reduce((current, rewrite) => rewrite(current, { segment: '12 3', rest: '/x/y' }), path)
}

test('shortcut and expanded notation mean the same', () => {
  const shortcut = compileOne({ predicates: ['Path=/a/{id}, /b'], filters: ['RewritePath=/a, /b'] })
  const expanded = compileOne({
    predicates: [{ name: 'Path', args: { patterns: ['/a/{id}', '/b'] } }],
    filters: [{ name: 'RewritePath', args: { regexp: '/a', replacement: '/b' } }],
  })
  expect(shortcut.prefixes).toEqual(expanded.prefixes)
  expect(rewritten(shortcut, '/a/1')).toBe(rewritten(expanded, '/a/1'))
})

test.each([
  ['StripPrefix=1', '/foo/bar', '/bar'],
  ['StripPrefix=2', '/foo/bar', '/'],
  ['StripPrefix=1', '/foo/bar/', '/bar/'],
  ['StripPrefix=2', '/foo/bar/', '/'],
  ['StripPrefix', '/foo/bar', '/bar'],
  ['RewritePath=/foo/?(?<rest>.*), /$\\{rest}', '/foo/x%20y', '/x%20y'],
  ['SetPath=/v/{segment}', '/foo', '/v/12%203'],
  ['SetPath=/v{rest}', '/foo', '/v/x/y'],
])('%s makes of %s %s', (filter, path, expected) => {
  expect(rewritten(compileOne({ filters: [filter] }), path)).toBe(expected)
})

test('filters act in their order, the default ones first', () => {
  const [route] = compileRoutes([{ id: 'r', uri: 'lb://s', predicates: ['Path=/a'], filters: ['RewritePath=b, c'] }], {
    ...defaults,
    filters: ['RewritePath=a, b'],
  })
  expect(route && rewritten(route, '/a')).toBe('/c')
})

test('metadata says how long to wait, who may come and who sees the session', () => {
  const route = compileOne({ metadata: { 'response-timeout': '2s', authenticated: false, sessionCookies: 'true' } })
  expect(route).toMatchObject({ responseTimeoutMs: 2000, isAuthenticated: false, hasSessionCookies: true })
  expect(compileOne({ metadata: '' })).toMatchObject({ responseTimeoutMs: 30_000, isAuthenticated: true, hasSessionCookies: false })
  expect(compileOne({ metadata: { responseTimeout: -1 } }).responseTimeoutMs).toBe(0)
})

test.each([
  [{ name: 'RequestSize', args: { maxSize: '1MB' } }, 1_048_576],
  [{ name: 'RequestSize', args: { 'max-size': '10KB' } }, 10_240],
  ['RequestSize=512', 512],
])('%j is a limit of %i bytes', (filter, bytes) => {
  expect(compileOne({ filters: [filter] }).maxBodyBytes).toBe(bytes)
})

test('routes are tried by order, then as they are listed; disabled ones not at all', () => {
  const routes = [{ id: 'c', order: 1 }, { id: 'a' }, { id: 'off', enabled: false }, { id: 'b' }, { id: 'first', order: -1 }].map(
    (route) => ({ uri: 'lb://s', predicates: ['Path=/'], ...route }),
  )
  expect(compileRoutes(routes, defaults).map((route) => route.id)).toEqual(['first', 'a', 'b', 'c'])
})

test.each([
  [{ predicates: ['Pth=/a'] }, 'Route r: there is no predicate "Pth"; there are Path, Method, Host, Header.'],
  [{ filters: ['StripPrefx=1'] }, 'there is no filter "StripPrefx"'],
  [{ filters: [{ name: 'StripPrefix', args: { part: 1 } }] }, 'Route r: filter StripPrefix: it has no argument "part"; it takes parts.'],
  [{ filters: ['StripPrefix=x'] }, 'filter StripPrefix: "x" must be a whole number of at least 1'],
  [{ filters: ['RewritePath=/a{1,2}, /b'] }, 'filter RewritePath: it takes at most 2 argument(s), found "/b" beyond'],
  [{ filters: ['RewritePath=/a'] }, 'argument "replacement" is missing'],
  [{ filters: ['RewritePath=(, /b'] }, 'the regular expression is not valid'],
  [{ filters: ['AddRequestHeader=Host, evil'] }, "the header Host is the gateway's own"],
  [{ filters: ['RequestSize=1TB'] }, '"1TB" is not a size'],
  [{ predicates: [] }, 'it needs at least one predicate'],
  [{ predicates: ['Path'] }, '"Path" must be of the form name=value'],
  [{ predicates: ['Path=/a/**/b'] }, '** must be the last segment'],
  [{ uri: 'localhost:8080' }, 'uri "localhost:8080" must be lb://service'],
  [{ uri: 'http://host/path' }, 'without a path'],
  [{ uri: undefined }, 'uri is missing'],
  [{ metadata: { authenticated: 'no' } }, 'metadata authenticated must be true or false'],
  [{ metadata: { 'response-timeout': 'soon' } }, '"soon" is not a duration'],
  [{ filter: [] }, '"filter" is not a member of a route'],
])('%j stops the start: %s', (change, message) => {
  expect(() => compileOne(change)).toThrow(message)
})

test('every problem of every route is told at once', () => {
  const broken = [
    { id: 'one', uri: 'x', predicates: ['Path=/'] },
    { uri: 'lb://s', predicates: ['Nope=1'] },
  ]
  expect(() => compileRoutes(broken, defaults)).toThrow(/Route one: uri "x"[\s\S]*Route #2: there is no predicate "Nope"/)
})

test('two routes cannot have the same id', () => {
  const route = { id: 'r', uri: 'lb://s', predicates: ['Path=/'] }
  expect(() => compileRoutes([route, route], defaults)).toThrow('another route has the same id')
})
