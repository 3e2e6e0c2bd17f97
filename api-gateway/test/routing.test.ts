import { afterEach, expect, test } from 'vitest'
import { type Seen, send, startGateway, startUpstream, stopAll } from './start-gateway.ts'

afterEach(stopAll)

test('a request reaches the service of its route and the answer comes back', async () => {
  const [gateway, orders] = [await startGateway(), await startUpstream()]
  gateway.discovery.set('order-service', orders.url)
  const answer = await gateway.send('/api/orders?cursor=%2Fx', { as: 'u1:customer' })
  expect(answer.status).toBe(200)
  expect(answer.json).toMatchObject({ method: 'GET', url: '/api/orders?cursor=%2Fx', headers: { authorization: 'Bearer u1:customer' } })
})

test('requests take the instances of a service in turn', async () => {
  const [gateway, one, two] = [await startGateway(), await startUpstream(), await startUpstream()]
  gateway.discovery.set('order-service', one.url, two.url)
  for (let index = 0; index < 6; index++) await gateway.send('/api/orders', { as: 'u:customer' })
  expect([one.requests.length, two.requests.length]).toEqual([3, 3])
})

test("the path of an operation leads to the service's own operations", async () => {
  const [gateway, orders] = [await startGateway(), await startUpstream()]
  gateway.discovery.set('order-service', orders.url)
  const answer = await gateway.send('/api/operations/order-service/dead-letters/7?x=1', { as: 'o:operator' })
  expect(answer.json.url).toBe('/operations/dead-letters/7?x=1')
})

test('filters add headers in both directions', async () => {
  const upstream = await startUpstream()
  const gateway = await startGateway({
    routes: [
      {
        id: 'shelf',
        uri: upstream.url,
        predicates: ['Path=/shelf/{name}'],
        filters: ['SetPath=/{name}', 'AddRequestHeader=X-Shelf, no {name}', 'AddResponseHeader=X-Served, by {name}'],
        metadata: { authenticated: false },
      },
    ],
  })
  const answer = await gateway.send('/shelf/%ED%95%9C')
  expect(answer.json).toMatchObject({ url: '/%ED%95%9C', headers: { 'x-shelf': 'no %ED%95%9C' } })
  expect(answer.headers['x-served']).toBe('by %ED%95%9C')
})

test('a rewritten path is checked like one from outside', async () => {
  const upstream = await startUpstream()
  const gateway = await startGateway({
    routes: [
      { id: 'r', uri: upstream.url, predicates: ['Path=/x{name}/**'], filters: ['SetPath=/{name}/y'], metadata: { authenticated: false } },
    ],
  })
  expect((await gateway.send('/x../y')).status).toBe(400)
  expect(upstream.requests).toEqual([])
})

test.each(['/api/unknown', '/api', '/ws/x', '/actuator/health', '/actuator/prometheus', '/eureka/apps', '/api/operations/eureka-server/x'])(
  'nothing is at %s: 404, as a problem',
  async (path) => {
    const gateway = await startGateway()
    const answer = await gateway.send(path, { as: 'a:admin', method: 'POST' })
    expect(answer.status).toBe(404)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.json).toMatchObject({ type: '/problems/no-route', status: 404, instance: path })
  },
)

test('health and numbers are on the management port only', async () => {
  const gateway = await startGateway()
  expect((await send(gateway.managementUrl, '/actuator/health')).json.status).toBe('UP')
  await gateway.send('/api/unknown')
  const numbers = await send(gateway.managementUrl, '/actuator/prometheus')
  expect(numbers.text).toMatch(/gateway_requests_seconds_count\{[^}]*route="none",status="404"[^}]*\} 1/)
})

test.each([
  '/api/../actuator/health',
  '/api/orders/../../actuator/health',
  '/api/orders/%2e%2e/%2e%2e/actuator',
  '/api/orders/..%2f..%2factuator',
  '/api/orders/..;/actuator',
  '/api/orders/..%5c..%5cactuator',
  '/api/orders\\..\\actuator',
  '/api//orders',
  '//api/orders',
  '/api/orders/%00',
  '/api/orders/%252e%252e/actuator',
  '/api/auth/../accounts/import',
  '/assets/../../etc/passwd',
])('the path %s reaches nobody', async (path) => {
  const [gateway, upstream] = [await startGateway(), await startUpstream()]
  for (const service of ['order-service', 'identity-service']) gateway.discovery.set(service, upstream.url)
  expect((await gateway.send(path, { as: 'a:admin' })).status).toBe(400)
  expect(upstream.requests).toEqual([])
})

test('request id and trace go on to the service and back to the client', async () => {
  const [gateway, orders] = [await startGateway(), await startUpstream()]
  gateway.discovery.set('order-service', orders.url)
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const answer = await gateway.send('/api/orders', { as: 'u:customer', headers: { 'x-request-id': 'request-12345', traceparent } })
  const seen: Seen = answer.json
  expect(seen.headers['x-request-id']).toBe('request-12345')
  expect(answer.headers['x-request-id']).toBe('request-12345')
  expect(seen.headers.traceparent).toMatch(new RegExp(`^00-${'a'.repeat(32)}-(?!b{16})[0-9a-f]{16}-01$`))
  expect(answer.headers.traceparent).toBe(seen.headers.traceparent)
})

test.each(['short', 'with space in it', 'x'.repeat(65), 'quote"12345'])('the request id %j is replaced by a new one', async (requestId) => {
  const gateway = await startGateway()
  const answer = await gateway.send('/api/unknown', { headers: { 'x-request-id': requestId } })
  expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
})

test('the access log has one line per request, without query strings and without addresses', async () => {
  const [gateway, orders] = [await startGateway(), await startUpstream()]
  gateway.discovery.set('order-service', orders.url)
  await gateway.send('/api/orders?email=kim@example.com', { as: 'u1:customer', headers: { 'x-request-id': 'request-12345' } })
  await gateway.send('/api/orders?secret=1')
  const lines = gateway.logs.filter((line) => line.msg === 'request')
  expect(lines).toMatchObject([
    { level: 'info', method: 'GET', route: 'orders', status: 200, requestId: 'request-12345', userId: 'u1' },
    { level: 'info', method: 'GET', route: 'orders', status: 401, problem: 'unauthorized' },
  ])
  expect(lines[0]?.durationMs).toBeTypeOf('number')
  expect(lines[0]?.traceId).toMatch(/^[0-9a-f]{32}$/)
  expect(JSON.stringify(lines)).not.toMatch(/kim|secret|127\.0\.0\.1/)
})

test('registered are the public port and, beside it, the management port', async () => {
  const gateway = await startGateway()
  expect(gateway.discovery.registration).toMatchObject({
    appname: 'api-gateway',
    hostname: '127.0.0.1',
    nonSecurePort: gateway.port,
  })
  expect(gateway.discovery.registration?.metadataMap?.['management.port']).toBe(new URL(gateway.managementUrl).port)
  expect(gateway.managementUrl).not.toContain(`:${gateway.port}`)
})
