import { afterEach, expect, test } from 'vitest'
import { type Seen, sendRaw, startGateway, startUpstream, stopAll, type TestGateway } from './start-gateway.ts'

afterEach(stopAll)

async function gatewayWithOrders(): Promise<TestGateway> {
  const [gateway, orders] = [await startGateway(), await startUpstream()]
  gateway.discovery.set('order-service', orders.url)
  gateway.discovery.set('identity-service', orders.url)
  return gateway
}

async function seenWith(headers: Record<string, string | string[]>, path = '/api/orders'): Promise<Seen> {
  const gateway = await gatewayWithOrders()
  const answer = await gateway.send(path, { as: 'u:customer', headers })
  expect(answer.status).toBe(200)
  return answer.json
}

test('what is about the connection is not passed on, nor what Connection names', async () => {
  const seen = await seenWith({
    connection: 'close, X-Custom, keep-alive',
    'x-custom': '1',
    'x-other': '2',
    'keep-alive': 'timeout=5',
    te: 'trailers',
    'proxy-authorization': 'Basic x',
    'proxy-connection': 'keep-alive',
  })
  expect(seen.headers).toMatchObject({ 'x-other': '2' })
  for (const name of ['x-custom', 'keep-alive', 'te', 'proxy-authorization', 'proxy-connection'])
    expect(seen.headers).not.toHaveProperty(name)
})

test('the Connection header cannot remove what the gateway says', async () => {
  const seen = await seenWith({ connection: 'close, authorization, x-forwarded-for, host, x-request-id, traceparent' })
  expect(seen.headers).toMatchObject({ authorization: 'Bearer u:customer', 'x-forwarded-for': '127.0.0.1' })
  expect(seen.headers.host).toBeDefined()
  expect(seen.headers.traceparent).toBeDefined()
})

test('who and where the client is cannot be said by the client', async () => {
  const seen = await seenWith({
    'x-user-id': 'admin',
    'x-user-roles': 'admin',
    'x-auth-request-user': 'admin',
    x_user_id: 'admin',
    forwarded: 'for=1.2.3.4',
    'x-forwarded-for': '1.2.3.4',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-prefix': '/evil',
    'x-real-ip': '1.2.3.4',
    'x-original-url': '/actuator',
    host: 'shop.example:8080',
  })
  expect(seen.headers).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'shop.example:8080',
    'x-forwarded-port': '8080',
  })
  expect(JSON.stringify(seen.raw)).not.toMatch(/admin|evil|1\.2\.3\.4|actuator/)
})

test('lines that come several times go on in their order', async () => {
  const seen = await seenWith({ 'x-many': ['a', 'b', 'c'] })
  const values = seen.raw.filter((_, index) => seen.raw[index - 1] === 'x-many')
  expect(values).toEqual(['a', 'b', 'c'])
})

test("the session's cookies stay at the gateway, others pass", async () => {
  const seen = await seenWith({ cookie: 'theme=dark; of_access=x; of_refresh=y' })
  expect(seen.headers.cookie).toBe('theme=dark')
})

test('only the service that keeps the session sees the refresh cookie', async () => {
  const seen = await seenWith({ cookie: 'of_access=u:customer; of_refresh=y' }, '/api/auth/session')
  expect(seen.headers.cookie).toBe('of_refresh=y')
})

test('cookies set by a service, and headers that come twice, reach the client as they are', async () => {
  const gateway = await startGateway()
  const identity = await startUpstream((_request, response) => {
    response.writeHead(200, [
      ['Set-Cookie', 'a=1; HttpOnly'],
      ['Set-Cookie', 'b=2; HttpOnly'],
      ['Connection', 'X-Inner, keep-alive'],
      ['X-Inner', 'secret'],
      ['Keep-Alive', 'timeout=70'],
      ['Proxy-Authenticate', 'Basic'],
      ['X-Kept', 'yes'],
    ])
    response.end('ok')
  })
  gateway.discovery.set('identity-service', identity.url)
  const { headers } = await gateway.send('/api/auth/session')
  expect(headers['set-cookie']).toEqual(['a=1; HttpOnly', 'b=2; HttpOnly'])
  expect(headers['x-kept']).toBe('yes')
  for (const name of ['x-inner', 'proxy-authenticate']) expect(headers).not.toHaveProperty(name)
  expect(headers['keep-alive'] ?? '').not.toContain('70')
})

const HOST = 'Host: shop\r\n'
const AUTH = 'Authorization: Bearer u:customer\r\n'

test.each([
  ['two Host lines', `GET /api/orders HTTP/1.1\r\n${HOST}Host: evil\r\n${AUTH}\r\n`],
  ['no Host', `GET /api/orders HTTP/1.1\r\n${AUTH}\r\n`],
  ['an empty Host', `GET /api/orders HTTP/1.1\r\nHost: \r\n${AUTH}\r\n`],
  ['an odd Host', `GET /api/orders HTTP/1.1\r\nHost: a/b@c\r\n${AUTH}\r\n`],
  [
    'Content-Length beside Transfer-Encoding',
    `POST /api/orders HTTP/1.1\r\n${HOST}${AUTH}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['two lengths', `POST /api/orders HTTP/1.1\r\n${HOST}${AUTH}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
  ['gzip before chunked', `POST /api/orders HTTP/1.1\r\n${HOST}${AUTH}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ['an unknown encoding', `POST /api/orders HTTP/1.1\r\n${HOST}${AUTH}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ['chunked in HTTP/1.0', `POST /api/orders HTTP/1.0\r\n${HOST}${AUTH}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['a negative length', `POST /api/orders HTTP/1.1\r\n${HOST}${AUTH}Content-Length: -1\r\n\r\n`],
  ['another host in the target', `GET http://evil/api/orders HTTP/1.1\r\n${HOST}${AUTH}\r\n`],
  ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HOST}${AUTH}\r\n`],
  ['a folded header', `GET /api/orders HTTP/1.1\r\n${HOST}X-A: 1\r\n b\r\n${AUTH}\r\n`],
  ['a bare line feed', `GET /api/orders HTTP/1.1\n${HOST}${AUTH}\r\n`],
  ['a space before the colon', `GET /api/orders HTTP/1.1\r\n${HOST}X-A : 1\r\n${AUTH}\r\n`],
  ['no HTTP at all', 'hello\r\n\r\n'],
])('%s is answered with 400 and reaches nobody', async (_what, text) => {
  const [gateway, orders] = [await startGateway(), await startUpstream()]
  gateway.discovery.set('order-service', orders.url)
  const received = await sendRaw(gateway.port, text)
  expect(received).toMatch(/^HTTP\/1\.1 400 /)
  expect(orders.requests).toEqual([])
})

test.each([
  ['TRACE', `TRACE /api/orders HTTP/1.1\r\n${HOST}${AUTH}\r\n`, /^HTTP\/1\.1 405 /],
  ['CONNECT', `CONNECT evil:443 HTTP/1.1\r\nHost: evil:443\r\n\r\n`, /^$/],
  ['101 headers', `GET /api/orders HTTP/1.1\r\n${HOST}${AUTH}${'X-A: 1\r\n'.repeat(101)}\r\n`, /^HTTP\/1\.1 431 /],
  ['17 KB of headers', `GET /api/orders HTTP/1.1\r\n${HOST}${AUTH}X-A: ${'a'.repeat(17_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
  ['9 KB of address', `GET /${'a'.repeat(9000)} HTTP/1.1\r\n${HOST}\r\n`, /^HTTP\/1\.1 414 /],
])('%s gets no further', async (_what, text, expected) => {
  const [gateway, orders] = [await startGateway(), await startUpstream()]
  gateway.discovery.set('order-service', orders.url)
  expect(await sendRaw(gateway.port, text)).toMatch(expected)
  expect(orders.requests).toEqual([])
})

test('an upgrade to something else than a WebSocket is served as the plain request that it is', async () => {
  const gateway = await gatewayWithOrders()
  const text = `GET /api/orders HTTP/1.1\r\n${HOST}${AUTH}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n`
  const received = await sendRaw(gateway.port, text)
  expect(received).toMatch(/^HTTP\/1\.1 200 /)
  expect(received).not.toContain('http2-settings')
})
