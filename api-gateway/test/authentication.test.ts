import { afterEach, expect, test } from 'vitest'
import { type SendOptions, startGateway, startUpstream, stopAll } from './start-gateway.ts'

afterEach(stopAll)

async function statusOf(path: string, options: SendOptions): Promise<number> {
  const [gateway, upstream] = [await startGateway(), await startUpstream()]
  for (const service of ['order-service', 'identity-service', 'inventory-payment-service']) gateway.discovery.set(service, upstream.url)
  const { status } = await gateway.send(path, options)
  expect(upstream.requests.length).toBe(status === 200 ? 1 : 0)
  return status
}

test('without a token there is 401, and how to sign in', async () => {
  const gateway = await startGateway()
  const answer = await gateway.send('/api/orders')
  expect(answer.status).toBe(401)
  expect(answer.headers['www-authenticate']).toBe('Bearer')
  expect(answer.json).toMatchObject({ type: '/problems/unauthorized', status: 401, instance: '/api/orders' })
})

test('the token of the cookie goes to the service as a bearer token', async () => {
  const [gateway, upstream] = [await startGateway(), await startUpstream()]
  gateway.discovery.set('order-service', upstream.url)
  const answer = await gateway.send('/api/orders', { headers: { cookie: 'of_access=u:customer' } })
  expect(answer.json.headers).toMatchObject({ authorization: 'Bearer u:customer' })
  expect(answer.json.headers).not.toHaveProperty('cookie')
})

test('on a public route a token that does not count is ignored, and not passed on', async () => {
  const [gateway, upstream] = [await startGateway(), await startUpstream()]
  gateway.discovery.set('inventory-payment-service', upstream.url)
  for (const headers of [{ cookie: 'of_access=expired' }, { authorization: 'Bearer expired' }, { authorization: 'Basic x' }]) {
    const answer = await gateway.send('/api/products', { headers })
    expect(answer.status).toBe(200)
    expect(answer.json.headers).not.toHaveProperty('authorization')
  }
})

const cookie = 'of_access=u:customer'
const host = 'shop.example'

test.each<[string, string, SendOptions, number]>([
  ['a valid token', '/api/orders', { as: 'u:customer' }, 200],
  ['a bad token', '/api/orders', { as: 'expired' }, 401],
  ['another scheme', '/api/orders', { headers: { authorization: 'Basic dTpw' } }, 401],
  ['a bad token in the cookie', '/api/orders', { headers: { cookie: 'of_access=expired' } }, 401],
  ['looking at the catalogue', '/api/products', {}, 200],
  ['changing the catalogue', '/api/products/1', { method: 'PUT' }, 401],
  ['signing in from a program', '/api/auth/login', { method: 'POST' }, 200],
  ['a cookie and the own origin', '/api/orders', { method: 'POST', headers: { cookie, host, origin: 'https://shop.example' } }, 200],
  ['a cookie and same-origin', '/api/orders', { method: 'POST', headers: { cookie, 'sec-fetch-site': 'same-origin' } }, 200],
  ['a cookie and no page at all', '/api/orders', { method: 'POST', headers: { cookie, 'sec-fetch-site': 'none' } }, 200],
  ['a cookie and a foreign origin', '/api/orders', { method: 'POST', headers: { cookie, host, origin: 'https://evil.example' } }, 403],
  [
    'a cookie and an origin that only begins alike',
    '/api/orders',
    { method: 'POST', headers: { cookie, host, origin: 'https://shop.example.evil' } },
    403,
  ],
  ['a cookie and another port', '/api/orders', { method: 'POST', headers: { cookie, host, origin: 'https://shop.example:444' } }, 403],
  ['a cookie and the null origin', '/api/orders', { method: 'POST', headers: { cookie, host, origin: 'null' } }, 403],
  [
    'a cookie and cross-site',
    '/api/orders',
    { method: 'POST', headers: { cookie, host, origin: 'https://shop.example', 'sec-fetch-site': 'cross-site' } },
    403,
  ],
  ['a cookie and same-site', '/api/orders', { method: 'DELETE', headers: { cookie, 'sec-fetch-site': 'same-site' } }, 403],
  ['a cookie and no word of where from', '/api/orders', { method: 'POST', headers: { cookie } }, 403],
  ['reading with a cookie from anywhere', '/api/orders', { headers: { cookie, 'sec-fetch-site': 'cross-site' } }, 200],
  ['a bearer token from anywhere', '/api/orders', { method: 'POST', as: 'u:customer', headers: { 'sec-fetch-site': 'cross-site' } }, 200],
  [
    'refreshing from a foreign page',
    '/api/auth/refresh',
    { method: 'POST', headers: { cookie: 'of_refresh=x', 'sec-fetch-site': 'cross-site' } },
    403,
  ],
  ['refreshing without a word of where from', '/api/auth/refresh', { method: 'POST', headers: { cookie: 'of_refresh=x' } }, 403],
  [
    'refreshing from the own page',
    '/api/auth/refresh',
    { method: 'POST', headers: { cookie: 'of_refresh=x', 'sec-fetch-site': 'same-origin' } },
    200,
  ],
  ['signing out from a foreign page', '/api/auth/logout', { method: 'POST', headers: { cookie, 'sec-fetch-site': 'cross-site' } }, 403],
  ['signing in from a foreign page', '/api/auth/login', { method: 'POST', headers: { host, origin: 'https://evil.example' } }, 403],
])('%s: %s %j gets %i', async (_what, path, options, status) => {
  expect(await statusOf(path, options)).toBe(status)
})
