import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createHealth } from './health.ts'
import { createHttpServer, takeRequests } from './http-server.ts'
import { silentLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'

async function openServer() {
  const http = createHttpServer({
    name: 'part',
    version: '1',
    logger: silentLogger,
    health: createHealth(),
    metrics: createMetrics('part'),
  })
  const started = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  http.get('/slow', async () => {
    started.resolve()
    await goOn.promise
    return 'done'
  })
  const url = await http.listen({ host: '127.0.0.1', port: 0 })
  return { http, url, started: started.promise, goOn: goOn.resolve }
}

test('closing does not wait for a connection on which nothing was asked', async () => {
  const { http, url } = await openServer()
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const closed = once(socket, 'close')
  await once(http.server, 'connection')
  await http.close()
  await closed
})

test('closing lets a request that runs come to its end', async () => {
  const { http, url, started, goOn } = await openServer()
  const answer = fetch(`${url}/slow`)
  await started
  const closing = http.close()
  goOn()
  expect(await (await answer).text()).toBe('done')
  await closing
})

test('a protocol of its own takes the requests it knows, before all others', async () => {
  const { http, url } = await openServer()
  takeRequests(http, ({ url: path }, response) => {
    if (path !== '/mine') return false
    response.end('taken')
    return true
  })
  expect(await (await fetch(`${url}/mine`)).text()).toBe('taken')
  expect((await fetch(`${url}/actuator/info`)).status).toBe(200)
  await http.close()
})

test('an offer to upgrade to something else than WebSocket is an ordinary request', async () => {
  const { http, url } = await openServer()
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write('GET /actuator/info HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: TLS/1.2\r\n\r\n')
  const [head] = (await once(socket, 'data')) as [Buffer] // no encoding is set
  expect(head.toString()).toMatch(/^HTTP\/1.1 200 OK/)
  socket.destroy()
  await http.close()
})

describe('who speaks to a server that is closing', () => {
  const portOf = (url: string) => Number(new URL(url).port)
  const ask = (socket: Socket) => socket.write('GET /actuator/info HTTP/1.1\r\nhost: part\r\n\r\n')

  /** A connection and all that has come on it. */
  async function open(url: string) {
    const socket = connect(portOf(url), '127.0.0.1')
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk.toString()
    })
    const closed = once(socket, 'close')
    await once(socket, 'connect')
    const answers = async (count: number) => {
      await expect.poll(() => received.match(/HTTP\/1\.1 200/g)?.length ?? 0, { interval: 2 }).toBe(count)
      return received
    }
    return { socket, closed, answers }
  }

  test('gets an answer on a connection that is open, and is told to leave it', async () => {
    const { http, url } = await openServer()
    const [used, unused] = [await open(url), await open(url)]
    ask(used.socket)
    await used.answers(1)
    const closing = http.close()
    await new Promise((resolve) => setTimeout(resolve, 50))
    ask(used.socket)
    ask(unused.socket)
    expect((await used.answers(2)).toLowerCase()).toContain('connection: close')
    expect((await unused.answers(1)).toLowerCase()).toContain('connection: close')
    await Promise.all([closing, used.closed, unused.closed])
  })

  test('finds nobody who listens any more', async () => {
    const { http, url, started, goOn } = await openServer()
    const answer = fetch(`${url}/slow`)
    await started
    const closing = http.close()
    await new Promise((resolve) => setTimeout(resolve, 20))
    const late = connect(portOf(url), '127.0.0.1')
    expect(await once(late, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }])
    goOn()
    await Promise.all([answer, closing])
  })

  test('and keeps asking does not keep it open', async () => {
    const { http, url } = await openServer()
    const { socket, closed } = await open(url)
    socket.on('error', () => undefined)
    const asking = setInterval(() => ask(socket), 5)
    await http.close()
    await closed
    clearInterval(asking)
  })
})
