import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { sendRaw, startGateway, startUpstream, stopAll, type TestGateway, type Upstream, until } from './start-gateway.ts'

afterEach(stopAll)

async function start(gatewayConfig: Record<string, unknown> = {}): Promise<{ gateway: TestGateway; orders: Upstream }> {
  const [gateway, orders] = [await startGateway({ gateway: gatewayConfig }), await startUpstream()]
  gateway.discovery.set('order-service', orders.url)
  return { gateway, orders }
}

const HEAD = 'POST /api/orders HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer u:customer\r\n'

test.each([0, 1, 100, 65_536, 65_537, 300_000, 1_048_576])('a body of %i bytes arrives whole', async (bytes) => {
  const { gateway } = await start()
  const answer = await gateway.send('/api/orders', { method: 'POST', as: 'u:customer', body: Buffer.alloc(bytes, 'x') })
  expect(answer.json).toMatchObject({ bytes })
  if (bytes > 0) expect(answer.json.headers['content-length']).toBe(String(bytes))
})

test('a body above the limit of its route is refused before any of it is sent on', async () => {
  const { gateway, orders } = await start()
  const answer = await gateway.send('/api/orders', { method: 'POST', as: 'u:customer', body: Buffer.alloc(1_048_577) })
  expect(answer.status).toBe(413)
  expect(answer.json).toMatchObject({ type: '/problems/body-too-large' })
  expect(answer.headers.connection).toBe('close')
  expect(orders.requests).toEqual([])
})

test('a chunked body arrives whole, without a length', async () => {
  const { gateway } = await start()
  const received = await sendRaw(
    gateway.port,
    `${HEAD}Transfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n3\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n`,
  )
  expect(received).toMatch(/^HTTP\/1\.1 200 /)
  expect(received).toContain('"bytes":8')
  expect(received).toContain('"transfer-encoding":"chunked"')
  expect(received).not.toContain('x-trailer')
})

test('a chunked body is counted and cut at the limit', async () => {
  const { gateway } = await start({ maxBodyBytes: 1000 })
  gateway.discovery.set('identity-service', (await startUpstream()).url)
  const chunk = `190\r\n${'x'.repeat(400)}\r\n`
  const received = await sendRaw(
    gateway.port,
    `POST /api/auth/login HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(4)}`,
  )
  expect(received).toMatch(/^HTTP\/1\.1 413 /)
  expect(received).toContain('/problems/body-too-large')
})

test('a request may follow one with a body on the same connection', async () => {
  const { gateway, orders } = await start()
  const one = `${HEAD}Content-Length: 5\r\n\r\nhello`
  const received = await sendRaw(gateway.port, one + one)
  expect(received.match(/HTTP\/1\.1 200 /g)).toHaveLength(2)
  expect(orders.requests).toHaveLength(2)
})

test('connections to a service are kept and used again', async () => {
  const { gateway, orders } = await start()
  let connections = 0
  orders.server.on('connection', () => connections++)
  for (let index = 0; index < 20; index++) await gateway.send('/api/orders', { as: 'u:customer', method: 'POST', body: '{}' })
  expect(orders.requests).toHaveLength(20)
  expect(connections).toBeLessThanOrEqual(2)
})

test('50 requests at a time all get their own answer', async () => {
  const { gateway } = await start()
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      gateway.send(`/api/orders/${index}`, { as: `u${index}:customer`, method: 'POST', body: 'x'.repeat(index + 1) }),
    ),
  )
  answers.forEach((answer, index) => {
    expect(answer.json).toMatchObject({
      url: `/api/orders/${index}`,
      bytes: index + 1,
      headers: { authorization: `Bearer u${index}:customer` },
    })
  })
})

test.each([204, 304])('an answer %i has no body', async (status) => {
  const gateway = await startGateway()
  const orders = await startUpstream((_request, response) => response.writeHead(status).end())
  gateway.discovery.set('order-service', orders.url)
  const answer = await gateway.send('/api/orders', { as: 'u:customer' })
  expect([answer.status, answer.text]).toEqual([status, ''])
})

test('the answer to HEAD keeps its length and has no body', async () => {
  const { gateway, orders } = await start()
  orders.server.removeAllListeners('request')
  orders.server.on('request', (_request, response) => response.writeHead(200, { 'content-length': '1234' }).end())
  const answer = await gateway.send('/api/orders', { as: 'u:customer', method: 'HEAD' })
  expect(answer).toMatchObject({ status: 200, text: '', headers: { 'content-length': '1234' } })
})

test('a client that reads slowly holds up its upstream, not the memory of the gateway', async () => {
  const gateway = await startGateway()
  let sentBytes = 0
  const orders = await startUpstream(async (_request, response) => {
    const chunk = Buffer.alloc(65_536)
    for (let index = 0; index < 1000 && !response.destroyed; index++) {
      sentBytes += chunk.length
      if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve))
    }
    response.end()
  })
  gateway.discovery.set('order-service', orders.url)
  const socket = connect(gateway.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(`${HEAD.replace('POST', 'GET')}\r\n`)
  socket.pause()
  await until(() => sentBytes > 0, 'the upstream sends')
  await new Promise((resolve) => setTimeout(resolve, 300))
  const stuckAt = sentBytes
  expect(stuckAt).toBeLessThan(30 * 1024 * 1024)
  socket.resume()
  await until(() => sentBytes > stuckAt, 'the upstream goes on')
  socket.destroy()
})

test('an upstream that reads slowly holds up its client', async () => {
  const gateway = await startGateway({ routes: [bigRoute('BIG')] })
  let arrivedBytes = 0
  const upstream = await startUpstream((request, response) => {
    setTimeout(() => {
      request.on('data', (chunk: Buffer) => {
        arrivedBytes += chunk.length
      })
    }, 400)
    request.on('end', () => response.end('done'))
  })
  gateway.discovery.set('big', upstream.url)
  const total = 40 * 1024 * 1024
  let writtenBytes = 0
  const answer = new Promise<number>((resolve, reject) => {
    const request = httpRequest({ port: gateway.port, method: 'POST', path: '/BIG', headers: { 'content-length': total } }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
    const chunk = Buffer.alloc(65_536)
    const write = () => {
      while (writtenBytes < total) {
        writtenBytes += chunk.length
        if (!request.write(chunk)) return void request.once('drain', write)
      }
      request.end()
    }
    write()
  })
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(writtenBytes).toBeLessThan(30 * 1024 * 1024)
  expect(await answer).toBe(200)
  expect(arrivedBytes).toBe(total)
})

function bigRoute(path: string): unknown {
  return { id: 'big', uri: 'lb://big', predicates: [`Path=/${path}`], filters: ['RequestSize=100MB'], metadata: { authenticated: false } }
}
