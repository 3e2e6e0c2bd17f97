import { request as httpRequest } from 'node:http'
import { type AddressInfo, createServer, connect as netConnect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { send, startGateway, startUpstream, stopAll, until } from './start-gateway.ts'

afterEach(stopAll)

/** An address where nothing listens. */
async function deadUrl(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // listens on TCP
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

const slowRoute = {
  id: 'slow',
  uri: 'lb://slow',
  predicates: ['Path=/slow'],
  metadata: { authenticated: false, responseTimeout: '200ms' },
}

test('a service without instances: 503, and when to try again', async () => {
  const gateway = await startGateway()
  const answer = await gateway.send('/api/orders', { as: 'u:customer' })
  expect(answer.status).toBe(503)
  expect(answer.headers['retry-after']).toMatch(/^\d+$/)
  expect(answer.json).toMatchObject({ type: '/problems/no-instance', detail: expect.stringContaining('order-service') })
})

test('an instance that refuses the connection: another one gets the request, whole', async () => {
  const [gateway, orders] = [await startGateway(), await startUpstream()]
  gateway.discovery.set('order-service', await deadUrl(), orders.url)
  for (let index = 0; index < 4; index++) {
    const answer = await gateway.send('/api/orders', { as: 'u:customer', method: 'POST', body: 'x'.repeat(100_000 * (index % 2) + 1) })
    expect(answer).toMatchObject({ status: 200, json: { bytes: 100_000 * (index % 2) + 1 } })
  }
})

test('when no other instance is known the registry is asked again', async () => {
  const [gateway, orders] = [await startGateway(), await startUpstream()]
  gateway.discovery.set('order-service', await deadUrl())
  gateway.discovery.atRefresh = { 'order-service': [orders.url] }
  expect((await gateway.send('/api/orders', { as: 'u:customer' })).status).toBe(200)
})

test('only refusing instances: 503, without a word about their addresses', async () => {
  const gateway = await startGateway()
  const [one, two, three] = [await deadUrl(), await deadUrl(), await deadUrl()]
  gateway.discovery.set('order-service', one, two, three)
  const answer = await gateway.send('/api/orders', { as: 'u:customer' })
  expect(answer.status).toBe(503)
  expect(answer.text).not.toMatch(/127\.0\.0\.1|ECONN/)
})

test('an instance that came back is used again', async () => {
  const gateway = await startGateway()
  const url = await deadUrl()
  gateway.discovery.set('order-service', url)
  expect((await gateway.send('/api/orders', { as: 'u:customer' })).status).toBe(503)
  await startUpstream(undefined, Number(new URL(url).port))
  expect((await gateway.send('/api/orders', { as: 'u:customer' })).status).toBe(200)
})

test('an upstream that does not answer in time: 504', async () => {
  const gateway = await startGateway({ routes: [slowRoute] })
  let isClosed = false
  const upstream = await startUpstream((request) => request.on('close', () => (isClosed = true)))
  gateway.discovery.set('slow', upstream.url)
  const answer = await gateway.send('/slow')
  expect(answer.status).toBe(504)
  expect(answer.json).toMatchObject({ type: '/problems/upstream-timeout', detail: 'slow did not answer within 200 ms.' })
  await until(() => isClosed, 'the upstream hears that nobody waits')
})

test('an answer that begins in time may take longer', async () => {
  const gateway = await startGateway({ routes: [slowRoute] })
  const upstream = await startUpstream((_request, response) => {
    response.write('begin ')
    setTimeout(() => response.end('end'), 500)
  })
  gateway.discovery.set('slow', upstream.url)
  expect(await gateway.send('/slow')).toMatchObject({ status: 200, text: 'begin end' })
})

test('an upstream that breaks off before its answer: 502, and no second try', async () => {
  const [gateway, orders] = [await startGateway(), await startUpstream((request) => request.socket.destroy())]
  const other = await startUpstream()
  gateway.discovery.set('order-service', orders.url, orders.url)
  const answer = await gateway.send('/api/orders', { as: 'u:customer', method: 'POST', body: '{}' })
  expect(answer.status).toBe(502)
  expect(answer.json).toMatchObject({ type: '/problems/upstream-failed' })
  expect([orders.requests.length, other.requests.length]).toEqual([1, 0])
})

test('an upstream that answers nonsense: 502', async () => {
  const gateway = await startGateway()
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.end('nonsense\r\n\r\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  gateway.discovery.set('order-service', `http://127.0.0.1:${(server.address() as AddressInfo).port}`) // listens on TCP
  expect((await gateway.send('/api/orders', { as: 'u:customer' })).status).toBe(502)
  server.close()
})

test.each([
  ['with a length', { 'content-length': '100' }],
  ['chunked', {}],
])('an upstream that dies in the middle of an answer %s: the client sees that it is not whole', async (_what, headers) => {
  const gateway = await startGateway()
  const orders = await startUpstream((_request, response) => {
    response.writeHead(200, headers)
    response.write('the first half')
    setTimeout(() => response.destroy(), 50)
  })
  gateway.discovery.set('order-service', orders.url)
  await expect(gateway.send('/api/orders', { as: 'u:customer' })).rejects.toThrow(/aborted|hang up|ECONNRESET/)
})

test('a client that goes away takes its request with it', async () => {
  const gateway = await startGateway()
  let isClosed = false
  const orders = await startUpstream((request) => request.on('close', () => (isClosed = true)))
  gateway.discovery.set('order-service', orders.url)
  const request = httpRequest({ port: gateway.port, path: '/api/orders', headers: { authorization: 'Bearer u:customer' } })
  request.on('error', () => {})
  request.end()
  await until(() => orders.requests.length === 1, 'the request arrives')
  request.destroy()
  await until(() => isClosed, 'the upstream hears that the client is gone')
  await until(() => gateway.logs.some((line) => line.status === 499), 'the log says so')
})

test('a client that goes away in the middle of its body leaves nothing behind', async () => {
  const [gateway, orders] = [await startGateway(), await startUpstream()]
  gateway.discovery.set('order-service', orders.url)
  for (const length of [1000, 500_000]) {
    const socket = netConnect(gateway.port, '127.0.0.1')
    socket.write(`POST /api/orders HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer u:customer\r\nContent-Length: ${length}\r\n\r\nhalf`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    socket.destroy()
  }
  await until(() => gateway.logs.filter((line) => line.status === 499).length === 2, 'both are logged as gone')
  expect((await gateway.send('/api/orders', { as: 'u:customer' })).status).toBe(200)
})

test('more requests than an instance is given at a time: 503', async () => {
  const gateway = await startGateway({ gateway: { maxInFlight: 3 } })
  const waiting: (() => void)[] = []
  const orders = await startUpstream((_request, response) => waiting.push(() => response.end('ok')))
  gateway.discovery.set('order-service', orders.url)
  const first = [1, 2, 3].map(() => gateway.send('/api/orders', { as: 'u:customer' }))
  await until(() => waiting.length === 3, 'three wait')
  const answer = await gateway.send('/api/orders', { as: 'u:customer' })
  expect(answer).toMatchObject({ status: 503, json: { type: '/problems/overloaded' } })
  expect(answer.headers['retry-after']).toBe('1')
  for (const end of waiting) end()
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200])
})

test('a registry that suddenly knows nobody, as after its own restart, is no reason to refuse: who was known last is asked', async () => {
  const [gateway, orders] = [await startGateway(), await startUpstream()]
  gateway.discovery.set('order-service', orders.url)
  expect((await gateway.send('/api/orders', { as: 'u:customer' })).status).toBe(200)
  gateway.discovery.set('order-service')
  expect((await gateway.send('/api/orders', { as: 'u:customer' })).status).toBe(200)
  const other = await startUpstream()
  gateway.discovery.set('order-service', other.url)
  const before = orders.requests.length
  expect((await gateway.send('/api/orders', { as: 'u:customer' })).status).toBe(200)
  expect([orders.requests.length, other.requests.length]).toEqual([before, 1])
})

test('an instance that left the registry lets its running requests end and gets no new ones', async () => {
  const gateway = await startGateway()
  let end = (): void => {}
  const leaving = await startUpstream((_request, response) => {
    end = () => response.end('from the old one')
  })
  const staying = await startUpstream()
  gateway.discovery.set('order-service', leaving.url)
  const running = gateway.send('/api/orders', { as: 'u:customer' })
  await until(() => leaving.requests.length === 1, 'the old one works')
  gateway.discovery.set('order-service', staying.url)
  expect((await gateway.send('/api/orders', { as: 'u:customer' })).status).toBe(200)
  end()
  expect((await running).text).toBe('from the old one')
  expect(staying.requests).toHaveLength(1)
})

test('stopping says goodbye, lets running requests end and refuses new connections', async () => {
  const gateway = await startGateway()
  let end = (): void => {}
  const orders = await startUpstream((_request, response) => {
    end = () => response.end('whole')
  })
  gateway.discovery.set('order-service', orders.url)
  const running = gateway.send('/api/orders', { as: 'u:customer', headers: { connection: 'keep-alive' } })
  await until(() => orders.requests.length === 1, 'the request arrives')
  const stopping = gateway.stop()
  await until(() => gateway.discovery.isDeregistered, 'it deregisters')
  await expect(send(gateway.url, '/api/orders')).rejects.toThrow(/ECONNREFUSED|hang up|ECONNRESET/)
  end()
  expect(await running).toMatchObject({ status: 200, text: 'whole' })
  await stopping
})

test('stopping cuts what does not end in time', async () => {
  const gateway = await startGateway({ gateway: { stopGraceMs: 100 } })
  const orders = await startUpstream(() => {})
  gateway.discovery.set('order-service', orders.url)
  const running = gateway.send('/api/orders', { as: 'u:customer' }).catch(() => 'cut')
  await until(() => orders.requests.length === 1, 'the request arrives')
  await gateway.stop()
  expect(await running).toBe('cut')
})
