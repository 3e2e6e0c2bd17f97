import fc from 'fast-check'
import { expect, test } from 'vitest'
import { testConfig } from '../../test/start-gateway.ts'
import type { RoutableRequest } from './predicates/predicate.ts'
import { compileRoutes, type Route } from './route.ts'
import { createRouteTable } from './route-table.ts'

const defaults = { maxBodyBytes: 1000, responseTimeoutMs: 30_000, filters: [] }
const shop = createRouteTable(compileRoutes(testConfig({}).spring.cloud.gateway.server.webflux.routes, defaults))

function requestFor(method: string, path: string, headers: Record<string, string> = {}): RoutableRequest {
  return { method, segments: path.slice(1).split('/'), headers: { host: 'shop.local:8080', ...headers } }
}

function routeOf(...routes: Record<string, unknown>[]) {
  const table = createRouteTable(
    compileRoutes(
      routes.map((route, index) => ({ id: `r${index}`, uri: 'lb://s', ...route })),
      defaults,
    ),
  )
  return (method: string, path: string, headers?: Record<string, string>) => table.match(requestFor(method, path, headers))
}

test.each([
  ['POST', '/api/auth/login', 'auth', 'identity-service'],
  ['GET', '/api/accounts/me', 'accounts', 'identity-service'],
  ['POST', '/api/orders', 'orders', 'order-service'],
  ['GET', '/api/orders/1/events', 'orders', 'order-service'],
  ['GET', '/api/products', 'catalogue', 'inventory-payment-service'],
  ['HEAD', '/api/products/1', 'catalogue', 'inventory-payment-service'],
  ['PUT', '/api/products/1', 'products', 'inventory-payment-service'],
  ['GET', '/api/notifications', 'notifications', 'notification-chat-service'],
  ['POST', '/api/conversations/1/messages', 'notifications', 'notification-chat-service'],
  ['GET', '/ws', 'live', 'notification-chat-service'],
  ['GET', '/api/operations/order-service/dead-letters', 'operations-orders', 'order-service'],
])('%s %s takes the route %s to %s', (method, path, id, service) => {
  expect(shop.match(requestFor(method, path))?.route).toMatchObject({ id, target: { name: service } })
})

test.each([
  '/',
  '/api',
  '/api/',
  '/api/order',
  '/api/ordersX',
  '/actuator/health',
  '/ws/x',
  '/wsx',
  '/api/operations/eureka-server/x',
  '/API/orders',
])('%s takes no route', (path) => {
  expect(shop.match(requestFor('GET', path))).toBeUndefined()
})

test('only signing in and looking at the catalogue need no token', () => {
  const open = compileRoutes(testConfig({}).spring.cloud.gateway.server.webflux.routes, defaults).filter((route) => !route.isAuthenticated)
  expect(open.map((route) => route.id)).toEqual(['auth', 'catalogue'])
})

test('hosts match label by label, in any case, port included', () => {
  const match = routeOf({ predicates: ['Host=**.foo.org, {tenant}.shop:8080'] })
  expect(match('GET', '/', { host: 'foo.org' })).toBeDefined()
  expect(match('GET', '/', { host: 'a.B.FOO.org' })).toBeDefined()
  expect(match('GET', '/', { host: 'foo.org:8080' })).toBeUndefined()
  expect(match('GET', '/', { host: 'xfoo.org' })).toBeUndefined()
  expect(match('GET', '/', { host: 'one.shop:8080' })?.variables).toEqual({ tenant: 'one' })
})

test('a header matches by its presence, or by one of its values', () => {
  const match = routeOf({ predicates: ['Header=X-Flag'] }, { predicates: ['Header=X-Number, \\d+'] })
  expect(match('GET', '/', { 'x-flag': '' })?.route.id).toBe('r0')
  expect(match('GET', '/', { 'x-number': 'a, 12' })?.route.id).toBe('r1')
  expect(match('GET', '/', { 'x-number': '12a' })).toBeUndefined()
})

test('a route that does not match leaves no variables behind', () => {
  const match = routeOf({ predicates: ['Path=/{a}/x', 'Method=POST'] }, { predicates: ['Path=/{b}/x'] })
  expect(match('GET', '/v/x')?.variables).toEqual({ b: 'v' })
})

test('the index finds what trying one after the other finds', () => {
  const segment = fc.constantFrom('a', 'b', 'c', '*', '{v}')
  const pattern = fc
    .tuple(fc.array(segment, { maxLength: 3 }), fc.constantFrom('', '/**', '/'))
    .map(([segments, tail]) => `/${segments.join('/')}`.replace(/\/$/, '') + tail || '/')
  const routes = fc.array(fc.tuple(fc.array(pattern, { minLength: 1, maxLength: 2 }), fc.boolean()), { minLength: 1, maxLength: 12 })
  const path = fc.array(fc.constantFrom('a', 'b', 'c', 'd', ''), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(routes, path, (definitions, segments) => {
      const compiled = compileRoutes(
        definitions.map(([patterns, hasPath], index) => ({
          id: `r${index}`,
          uri: 'lb://s',
          predicates: hasPath ? [`Path=${patterns.join(',')}`] : ['Method=POST'],
        })),
        defaults,
      )
      const request: RoutableRequest = { method: 'GET', segments, headers: {} }
      expect(createRouteTable(compiled).match(request)?.route.id).toBe(linearMatch(compiled, request)?.id)
    }),
    { numRuns: 2000 },
  )
})

function linearMatch(routes: readonly Route[], request: RoutableRequest): Route | undefined {
  return routes.find((route) => route.predicates.every((matches) => matches(request, {})))
}
