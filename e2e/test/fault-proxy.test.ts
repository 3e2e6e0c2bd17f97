import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, connect as openSocket, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFaultProxy, type FaultProxy } from '../src/fault-proxy.ts'

let server: Server
let proxy: FaultProxy
let served: Socket[]
let reply: (socket: Socket, chunk: Buffer) => void

beforeEach(async () => {
  served = []
  reply = (socket, chunk) => socket.write(chunk)
  server = createServer({ allowHalfOpen: true }, (socket) => {
    served.push(socket)
    socket.on('data', (chunk) => reply(socket, chunk))
    socket.on('end', () => socket.end())
    socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  proxy = await createFaultProxy({ host: '127.0.0.1', port: typeof address === 'object' && address ? address.port : 0 })
})
afterEach(async () => {
  await proxy.close()
  for (const socket of served) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})

interface Client {
  socket: Socket
  received(): Buffer
  /** What ended it: `end` in order, else the error's code. */
  ended: Promise<string>
}

async function connect(): Promise<Client> {
  const socket = openSocket({ host: '127.0.0.1', port: proxy.port })
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  const ended = new Promise<string>((resolve) => {
    socket.on('end', () => resolve('end'))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    socket.on('close', () => resolve('close'))
  })
  await Promise.race([once(socket, 'connect'), ended]).catch(() => undefined)
  return { socket, received: () => Buffer.concat(chunks), ended }
}

const sees = (client: Client, text: string) => expect.poll(() => client.received().toString(), { interval: 5 }).toBe(text)
const quiet = () => new Promise((resolve) => setTimeout(resolve, 60))

test('without faults it carries everything both ways, unchanged, and the ends of both sides', async () => {
  const client = await connect()
  const sent = randomBytes(3_000_000)
  client.socket.end(sent)
  expect(await client.ended).toBe('end')
  expect(client.received().equals(sent)).toBe(true)
  await expect.poll(() => proxy.openConnections()).toBe(0)
})

test('a delay holds every byte back for its time, in order', async () => {
  proxy.disturb({ toTarget: { delayMs: 80 }, toClient: { delayMs: 40 } })
  const client = await connect()
  const startedAt = performance.now()
  client.socket.write('a')
  client.socket.write('b')
  await sees(client, 'ab')
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(118) // timers may be 1 ms early, twice
})

test('a slow line lets through no more than its rate', async () => {
  proxy.disturb({ toClient: { bytesPerSecond: 200_000 } })
  const client = await connect()
  const startedAt = performance.now()
  client.socket.end(randomBytes(100_000))
  expect(await client.ended).toBe('end')
  // The last chunk, of 64 KiB at most, need not be waited for.
  expect(performance.now() - startedAt).toBeGreaterThan(((100_000 - 65_536) / 200_000) * 1000 - 5)
  expect(client.received()).toHaveLength(100_000)
})

test('cut resets what is open and whatever comes, until it is mended', async () => {
  const before = await connect()
  before.socket.write('x')
  await sees(before, 'x')
  proxy.cut()
  expect(await before.ended).toBe('ECONNRESET')
  const during = await connect()
  expect(await during.ended).toBe('ECONNRESET')
  proxy.mend()
  const after = await connect()
  after.socket.write('y')
  await sees(after, 'y')
})

describe('a black hole', () => {
  test('swallows without a word, and resets what lost something when it is mended', async () => {
    const [talking, silent] = [await connect(), await connect()]
    silent.socket.write('before')
    await sees(silent, 'before')
    proxy.blackHole()
    talking.socket.write('lost')
    const during = await connect()
    during.socket.write('lost too')
    await quiet()
    expect([talking.received().length, during.received().length, talking.socket.destroyed]).toEqual([0, 0, false])
    proxy.mend()
    expect(await talking.ended).toBe('ECONNRESET')
    expect(await during.ended).toBe('ECONNRESET')
    silent.socket.write(', after')
    await sees(silent, 'before, after')
  })

  test('hides that the other side has gone, until it is mended', async () => {
    const client = await connect()
    client.socket.write('x')
    await sees(client, 'x')
    proxy.blackHole('held')
    for (const socket of served) socket.destroy()
    await quiet()
    expect(client.socket.destroyed).toBe(false)
    proxy.mend()
    expect(['end', 'close', 'ECONNRESET']).toContain(await client.ended)
  })

  test('when it holds back, everything arrives later and nothing is lost', async () => {
    const client = await connect()
    proxy.blackHole('held')
    client.socket.write('late')
    await quiet()
    expect(client.received()).toHaveLength(0)
    proxy.mend()
    await sees(client, 'late')
  })
})

test('what is held back is bounded: the sender feels that nothing gets through', async () => {
  const client = await connect()
  proxy.disturb({ toTarget: { flow: 'held' } })
  const sent = randomBytes(20_000_000)
  let isFlushed = false
  client.socket.write(sent, () => {
    isFlushed = true
  })
  await quiet()
  expect(isFlushed).toBe(false)
  proxy.mend()
  client.socket.end()
  expect(await client.ended).toBe('end')
  expect(client.received().equals(sent)).toBe(true)
})

test('the faults of one direction leave the other alone', async () => {
  reply = () => undefined
  const client = await connect()
  proxy.disturb({ toTarget: { flow: 'held' } })
  client.socket.write('x')
  await expect.poll(() => served.length).toBe(1)
  served[0]?.write('from the server')
  await sees(client, 'from the server')
})

test('a target that does not listen ends the connection', async () => {
  const nowhere = await createFaultProxy({ host: '127.0.0.1', port: 1 })
  const socket = openSocket({ host: '127.0.0.1', port: nowhere.port })
  socket.on('error', () => undefined)
  await once(socket, 'close')
  await nowhere.close()
})
