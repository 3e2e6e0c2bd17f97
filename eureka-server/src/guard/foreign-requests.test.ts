import { expect, test } from 'vitest'
import { isFromForeignPage, isLoopback, isLoopbackHost } from './foreign-requests.ts'

const host = '127.0.0.1:8761'

test.each([
  ['a client that is no browser', { host }, false],
  ['the own page', { host, origin: 'http://127.0.0.1:8761' }, false],
  ['the own page behind HTTPS', { host: 'Eureka.shop', origin: 'https://eureka.shop' }, false],
  ['the own page, as a newer browser says', { host: 'inner:8761', origin: 'https://eureka.shop', 'sec-fetch-site': 'same-origin' }, false],
  ['somebody at the address bar', { host, 'sec-fetch-site': 'none' }, false],
  ['another site', { host, origin: 'http://evil.example' }, true],
  ['another site that hides its name', { host, origin: 'null' }, true],
  ['another port of this machine', { host, origin: 'http://127.0.0.1:3000' }, true],
  ['a name that begins like ours', { host, origin: 'http://127.0.0.1:8761.evil.example' }, true],
  ['another site, as a newer browser says', { host, 'sec-fetch-site': 'cross-site' }, true],
  ['a neighbour of the same site', { host, 'sec-fetch-site': 'same-site' }, true],
  ['a browser that names no host', { origin: 'http://127.0.0.1:8761' }, true],
])('%s: foreign is %s', (_who, headers, isForeign) => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) expect(isFromForeignPage(method, headers), method).toBe(isForeign)
  for (const method of ['GET', 'HEAD', 'OPTIONS']) expect(isFromForeignPage(method, headers), method).toBe(false)
})

test('names and addresses of this machine alone are told from all others', () => {
  const own = ['localhost', 'LOCALHOST', 'eureka.localhost', '127.0.0.1', '127.8.9.10', '::1', '[::1]']
  for (const name of own) expect(isLoopback(name), name).toBe(true)
  const others = ['', '0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '127.0.0.1.evil.example', 'localhost.evil.example', 'notlocalhost', '127.1']
  for (const name of others) expect(isLoopback(name), name).toBe(false)
})

test('the port of Host does not matter, and names can be added', () => {
  const names = new Set(['peer1'])
  for (const host of ['localhost:8761', '127.0.0.1', '[::1]:8761', 'Peer1:8761', undefined]) {
    expect(isLoopbackHost(host, names), host).toBe(true)
  }
  for (const host of ['evil.example:8761', 'peer2', '', 'localhost:8761.evil.example', '[::2]:1'])
    expect(isLoopbackHost(host, names), host).toBe(false)
})
