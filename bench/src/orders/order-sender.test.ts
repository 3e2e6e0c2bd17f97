import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createOrderSender, type OrderSender, type Outcome } from './order-sender.ts'

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** A server that answers as told, and a sender of orders to it. */
async function aSender(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  options: { timeoutMs?: number; maxConnections?: number } = {},
) {
  const server = createServer({ keepAliveTimeout: 60_000 }, answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // listening on TCP
  const sender = createOrderSender({ url: `http://127.0.0.1:${port}`, ...options })
  endings.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => server.closeAllConnections(),
    () => sender.close(),
  )
  return { sender, server }
}

function sendOne(sender: OrderSender, body = '{"lines":[]}'): Promise<Outcome> {
  return new Promise((resolve) => sender.send({ token: 't', body }, resolve))
}

test('an order is sent as JSON with its token and a key of its own, and answered', async () => {
  const seen: { url: string | undefined; authorization: string | undefined; key: unknown; body: string }[] = []
  const { sender } = await aSender(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { authorization, 'idempotency-key': key } = request.headers
    seen.push({ url: request.url, authorization, key, body })
    response.writeHead(201, { location: '/api/orders/o1' }).end('{"id":"o1"}')
  })
  expect(await sendOne(sender, '{"lines":[1]}')).toEqual({ status: 201, location: '/api/orders/o1', retryAfter: false })
  await sendOne(sender)
  expect(seen[0]).toMatchObject({ url: '/api/orders', authorization: 'Bearer t', body: '{"lines":[1]}' })
  expect(new Set(seen.map(({ key }) => key)).size).toBe(2)
  expect([sender.open(), sender.connections()]).toEqual([0, 1])
})

test('answers in chunks, in pieces and without a body are all read', async () => {
  const large = 'x'.repeat(100_000)
  const answers: ((response: ServerResponse) => void)[] = [
    (response) => response.writeHead(503, { 'retry-after': '1', 'transfer-encoding': 'chunked' }).end('later'),
    (response) => response.writeHead(201, { location: '/api/orders/large', 'content-length': large.length }).end(large),
    (response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' })
      response.write('0\r\n\r\nno end')
      setTimeout(() => response.end(large), 20)
    },
    (response) => response.writeHead(204).end(),
  ]
  const { sender } = await aSender((_request, response) => answers.shift()?.(response))
  expect(await sendOne(sender)).toEqual({ status: 503, location: '', retryAfter: true })
  expect(await sendOne(sender)).toMatchObject({ status: 201, location: '/api/orders/large' })
  expect(await sendOne(sender)).toMatchObject({ status: 200 })
  expect(await sendOne(sender)).toMatchObject({ status: 204 })
  expect(sender.connections()).toBe(1)
})

test('as many connections are used as there are requests open, up to the limit; more wait', async () => {
  const held: ServerResponse[] = []
  const { sender } = await aSender((_request, response) => void held.push(response), { maxConnections: 2 })
  const outcomes = [sendOne(sender), sendOne(sender), sendOne(sender)]
  await expect.poll(() => held.length).toBe(2)
  expect([sender.open(), sender.connections()]).toEqual([3, 2])
  for (const response of held.splice(0)) response.writeHead(204).end()
  await expect.poll(() => held.length).toBe(1)
  held[0]?.writeHead(204).end()
  expect(await Promise.all(outcomes)).toEqual(outcomes.map(() => expect.objectContaining({ status: 204 })))
})

test('a connection that the server closed while it was idle costs no order', async () => {
  let count = 0
  const { sender, server } = await aSender((request, response) => {
    count += 1
    // The second request meets a connection that is being closed.
    if (count === 2) request.socket.destroy()
    else response.writeHead(204).end()
  })
  await sendOne(sender)
  expect(await sendOne(sender)).toMatchObject({ status: 204 })
  expect(count).toBe(3)
  server.closeAllConnections()
})

test('no answer in time and a connection that breaks are told as such', async () => {
  const { sender } = await aSender((request) => void (request.url === '/never' ? undefined : request.resume()), { timeoutMs: 100 })
  expect(await sendOne(sender)).toEqual({ cause: 'no_answer' })
  const broken = await aSender((request) => void request.socket.destroy())
  expect(await sendOne(broken.sender)).toEqual({ cause: expect.any(String) })
})
