import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { peerAddressesIn, type Self } from './peer-address.ts'

const self: Self = { myUrl: '', host: 'registry-a', port: 8761 }

test('every address but this server’s own is a peer', async () => {
  const serviceUrl = 'http://registry-a:8761/eureka/, http://10.255.0.2:8761/eureka'
  expect(await peerAddressesIn(serviceUrl, self)).toEqual([{ url: 'http://10.255.0.2:8761/eureka/', headers: {} }])
})

test.each(['localhost', '127.0.0.1', '[::1]', hostname(), 'registry-a'])('%s with the own port is this server', async (host) => {
  expect(await peerAddressesIn(`http://${host}:8761/eureka/`, self)).toEqual([])
})

test('two servers on one machine are peers: the port tells them apart', async () => {
  expect(await peerAddressesIn('http://localhost:8761/eureka/,http://localhost:8762/eureka/', self)).toMatchObject([
    { url: 'http://localhost:8762/eureka/' },
  ])
})

test('a configured own address is the only one that is left out', async () => {
  const configured = { ...self, myUrl: 'http://other-name:8761/eureka' }
  const urls = await peerAddressesIn('http://other-name:8761/eureka/,http://registry-b:8761/eureka/', configured)
  expect(urls.map(({ url }) => url)).toEqual(['http://registry-b:8761/eureka/'])
})

test('credentials go into a header, and the address can be shown', async () => {
  expect(await peerAddressesIn('http://user:s%3Acret@10.255.0.2:8761/eureka/', self)).toEqual([
    { url: 'http://10.255.0.2:8761/eureka/', headers: { authorization: `Basic ${btoa('user:s:cret')}` } },
  ])
})

test('a server whose port the system chooses has no peers; what is no URL is refused', async () => {
  expect(await peerAddressesIn('http://10.255.0.2:8761/eureka/', { ...self, port: 0 })).toEqual([])
  await expect(peerAddressesIn('registry-b:8761', self)).rejects.toThrow('"registry-b:8761" in eureka.client.service-url.defaultZone')
})
