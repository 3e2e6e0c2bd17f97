import type { Server } from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws'
import { type GatewayOptions, sendRaw, startGateway, startUpstream, stopAll, type TestGateway, until } from './start-gateway.ts'

afterEach(stopAll)

/** A gateway in front of a service that sends every message back. */
async function startEcho(options: GatewayOptions = {}): Promise<{ gateway: TestGateway; sockets: WebSocketServer; server: Server }> {
  const [gateway, chat] = [await startGateway(options), await startUpstream()]
  const sockets = new WebSocketServer({ server: chat.server, handleProtocols: (offered) => [...offered][0] ?? false })
  sockets.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })))
  gateway.discovery.set('notification-chat-service', chat.url)
  return { gateway, sockets, server: chat.server }
}

/** Opens a socket through the gateway; rejects with the status when it is refused. */
function open(gateway: TestGateway, options: ClientOptions = { headers: { authorization: 'Bearer u:customer' } }): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${gateway.host}/ws`, ['orderflow.v1.json'], options)
    socket.on('open', () => resolve(socket))
    socket.on('unexpected-response', (_request, response) => reject(new Error(`refused with ${response.statusCode}`)))
    socket.on('error', reject)
  })
}

function nextMessage(socket: WebSocket): Promise<Buffer> {
  return new Promise((resolve) => socket.once('message', (data) => resolve(data as Buffer))) // the default type of ws
}

test('messages pass in both directions, of any size and kind', async () => {
  const { gateway } = await startEcho()
  const socket = await open(gateway)
  expect(socket.protocol).toBe('orderflow.v1.json')
  for (const message of ['hello', '안녕하세요', 'x'.repeat(300_000)]) {
    socket.send(message)
    expect((await nextMessage(socket)).toString()).toBe(message)
  }
  socket.send(Buffer.from([0, 1, 255]))
  expect(await nextMessage(socket)).toEqual(Buffer.from([0, 1, 255]))
  socket.close()
})

test('100 sockets at a time each get their own messages', async () => {
  const { gateway } = await startEcho()
  const sockets = await Promise.all(
    Array.from({ length: 100 }, (_, index) => open(gateway, { headers: { authorization: `Bearer u${index}:customer` } })),
  )
  await Promise.all(
    sockets.map(async (socket, index) => {
      const answer = nextMessage(socket)
      socket.send(`message ${index}`)
      expect((await answer).toString()).toBe(`message ${index}`)
    }),
  )
  for (const socket of sockets) socket.terminate()
})

test('the handshake carries the identity, the origin of the request and the trace', async () => {
  const { gateway, sockets } = await startEcho()
  const arrived = new Promise<Record<string, unknown>>((resolve) =>
    sockets.once('connection', (_socket, request) => resolve(request.headers)),
  )
  const socket = await open(gateway, {
    origin: `http://${gateway.host}`,
    headers: { cookie: 'of_access=u:customer; of_refresh=x', 'x-user-id': 'admin' },
  })
  const headers = await arrived
  expect(headers).toMatchObject({ authorization: 'Bearer u:customer', 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': gateway.host })
  expect(headers.traceparent).toBeDefined()
  expect(headers).not.toHaveProperty('cookie')
  expect(headers).not.toHaveProperty('x-user-id')
  socket.close()
})

test('close codes pass in both directions', async () => {
  const { gateway, sockets } = await startEcho()
  const served = new Promise<WebSocket>((resolve) => sockets.on('connection', resolve))
  const first = await open(gateway)
  const seenByService = new Promise((resolve) => void served.then((socket) => socket.on('close', resolve)))
  first.close(4999, 'client')
  expect(await seenByService).toBe(4999)
  sockets.on('connection', (socket) => socket.close(4401, 'service'))
  const second = await open(gateway)
  expect(await new Promise((resolve) => second.on('close', resolve))).toBe(4401)
})

test.each<[string, ClientOptions, number]>([
  ['no token', {}, 401],
  ['a bad token', { headers: { authorization: 'Bearer expired' } }, 401],
  ['a bad token in the cookie', { headers: { cookie: 'of_access=expired', 'sec-fetch-site': 'same-origin' } }, 401],
  ['a cookie and a foreign origin', { origin: 'https://evil.example', headers: { cookie: 'of_access=u:customer' } }, 403],
  ['a cookie and no origin', { headers: { cookie: 'of_access=u:customer' } }, 403],
])('with %s the handshake is refused over HTTP: %j gets %i', async (_what, options, status) => {
  const { gateway, sockets } = await startEcho()
  await expect(open(gateway, options)).rejects.toThrow(`refused with ${status}`)
  expect(sockets.clients.size).toBe(0)
  await until(() => gateway.logs.some((line) => line.status === status && line.route === 'live'), 'the log says so')
})

test('what the service refuses is refused with its status and its words', async () => {
  const [gateway, chat] = [await startGateway(), await startUpstream((_request, response) => response.writeHead(418).end('teapot'))]
  gateway.discovery.set('notification-chat-service', chat.url)
  const received = await sendRaw(gateway.port, handshake())
  expect(received).toMatch(/^HTTP\/1\.1 418 /)
  expect(received).toContain('connection: close')
  expect(received).toMatch(/teapot$/)
})

test('without an instance the handshake gets 503', async () => {
  const gateway = await startGateway()
  await expect(open(gateway)).rejects.toThrow('refused with 503')
})

function handshake(extra = '', key = 'dGhlIHNhbXBsZSBub25jZQ==', path = '/ws'): string {
  return `GET ${path} HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer u:customer\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${extra}\r\n`
}

test.each([
  ['a body', `${handshake('Content-Length: 5\r\n')}hello`, 400],
  ['bytes before the answer', `${handshake()}GET /actuator HTTP/1.1\r\n\r\n`, 400],
  ['a short key', handshake('', 'abc'), 400],
  ['an old version', handshake().replace('Version: 13', 'Version: 8'), 426],
  ['HTTP/1.0', handshake().replace('HTTP/1.1', 'HTTP/1.0'), 400],
  ['dot segments', handshake('', undefined, '/ws/../actuator'), 400],
  ['a route for requests', handshake('', undefined, '/api/orders'), 400],
  ['no route', handshake('', undefined, '/nothing'), 404],
])('a handshake with %s gets no further', async (_what, text, status) => {
  const { gateway, sockets } = await startEcho()
  expect(await sendRaw(gateway.port, text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect(sockets.clients.size).toBe(0)
})

test('a plain request for the address of the sockets gets 426', async () => {
  const { gateway } = await startEcho()
  const answer = await gateway.send('/ws', { as: 'u:customer' })
  expect(answer).toMatchObject({ status: 426, headers: { upgrade: 'websocket' } })
})

test('a service that accepts another handshake than ours is not believed', async () => {
  const { gateway } = await startEcho()
  const liar = await startUpstream()
  liar.server.on('upgrade', (_request, socket) => {
    socket.on('error', () => {})
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n')
  })
  gateway.discovery.set('notification-chat-service', liar.url)
  await expect(open(gateway)).rejects.toThrow('refused with 502')
})

test('a user has a bounded number of sockets, and gets the place of a closed one', async () => {
  const { gateway } = await startEcho({ gateway: { sockets: { max: 3, maxPerUser: 2 } } })
  const [first] = [await open(gateway), await open(gateway)]
  await expect(open(gateway)).rejects.toThrow('refused with 429')
  const other = { headers: { authorization: 'Bearer other:customer' } }
  await open(gateway, other)
  await expect(open(gateway, other)).rejects.toThrow('refused with 503')
  first?.close()
  await until(() => gateway.logs.some((line) => line.msg === 'socket closed'), 'the socket is closed')
  await open(gateway)
})

test('a socket that says nothing is closed, one that speaks is not', async () => {
  const { gateway } = await startEcho({ gateway: { sockets: { idleTimeoutMs: 300 } } })
  const [quiet, lively] = [await open(gateway), await open(gateway)]
  let isLivelyClosed = false
  lively.on('close', () => (isLivelyClosed = true))
  const closed = new Promise((resolve) => quiet.on('close', resolve))
  const timer = setInterval(() => lively.send('x'), 100)
  expect(await closed).toBe(1006)
  expect(isLivelyClosed).toBe(false)
  clearInterval(timer)
})

test('when one side is gone the other one goes too', async () => {
  const { gateway, sockets } = await startEcho()
  const client = await open(gateway)
  const [served] = [...sockets.clients]
  const servedClosed = new Promise((resolve) => served?.on('close', resolve))
  client.terminate()
  await servedClosed
  const second = await open(gateway)
  const secondClosed = new Promise((resolve) => second.on('close', resolve))
  for (const socket of sockets.clients) socket.terminate()
  await secondClosed
})

test('a client that reads slowly holds up the service', async () => {
  const { gateway, sockets } = await startEcho()
  const served = new Promise<WebSocket>((resolve) => sockets.once('connection', resolve))
  const client = connect(gateway.port, '127.0.0.1')
  client.on('error', () => {})
  client.write(handshake())
  const socket = await served
  client.pause()
  for (let index = 0; index < 600; index++) socket.send(Buffer.alloc(65_536))
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(socket.bufferedAmount).toBeGreaterThan(5 * 1024 * 1024)
  client.resume()
  await until(() => socket.bufferedAmount === 0, 'everything arrives')
  client.destroy()
})

test('stopping closes the sockets', async () => {
  const { gateway } = await startEcho({ gateway: { sockets: { stopGraceMs: 100 } } })
  const socket = await open(gateway)
  const closed = new Promise((resolve) => socket.on('close', resolve))
  await gateway.stop()
  await closed
})
