import { CLOSE_CODES } from '@order-flow/contracts'
import { toMessage } from '@order-flow/messaging'
import type { TokenVerifier } from '@order-flow/service-kit'
import { ENGINES, type TestDatabase } from '@order-flow/service-kit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import {
  attentionRaised,
  connectLive,
  OWN_SQLITE,
  orderPlaced,
  type RunningService,
  type RunOptions,
  runService,
} from './running-service.ts'

const placedFor = (customerId: string, count: number) => Array.from({ length: count }, () => orderPlaced({ customerId }))

describe.each(ENGINES)('what is told over a socket on $name', (engine) => {
  let opened: TestDatabase
  let service: RunningService | undefined
  beforeEach(async () => {
    opened = await engine.open()
  })
  afterEach(async () => {
    await service?.stop()
    service = undefined
    await opened.remove()
  })

  async function start(live: Record<string, unknown> = {}): Promise<RunningService> {
    service = await runService(opened, { settings: { live } })
    return service
  }

  test('a socket is welcomed, and gets what happens to its user from then on, in order', async () => {
    const { connect, broker } = await start()
    await broker.publish(placedFor('ann', 3).map(toMessage))
    const client = await connect('ann:customer')
    expect(await client.frame('welcome')).toEqual({ type: 'welcome', userId: 'ann', heartbeatMs: 20_000 })
    expect(await client.subscribe('user:me')).toEqual({ type: 'subscribed', topic: 'user:me', offset: 3 })
    await broker.publish([...placedFor('ann', 2), ...placedFor('ben', 2)].map(toMessage))
    await client.until(() => client.offsets().length >= 2)
    expect(client.offsets()).toEqual([4, 5])
    expect(client.events()[0]?.event).toMatchObject({ kind: 'notification', notification: { status: 'placed' } })
  })

  test('operators see every notification as it happens, without offsets', async () => {
    const { connect, broker } = await start()
    const operator = await connect('oli:operator')
    await operator.subscribe('orders')
    await broker.publish([...placedFor('ann', 1), ...placedFor('ben', 2)].map(toMessage))
    await operator.until(() => operator.events().length === 3)
    expect(operator.offsets()).toEqual([undefined, undefined, undefined])
    operator.send({ type: 'unsubscribe', topic: 'orders' })
    operator.send({ type: 'ping', n: 7 })
    expect(await operator.frame('pong')).toEqual({ type: 'pong', n: 7 })
    await broker.publish(placedFor('ann', 1).map(toMessage))
    expect(operator.events()).toHaveLength(3)
  })

  test('a client that resumes while events keep coming gets each once and in order', async () => {
    const { connect, broker } = await start({ resumePageRows: 7 })
    const total = 600
    let published = 0
    const publishing = (async () => {
      for (; published < total; published += 10) {
        await broker.publish(placedFor('ann', 10).map(toMessage))
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    })()
    const seen: (number | undefined)[] = []
    while (seen.length < total) {
      const client = await connect('ann:customer')
      await client.subscribe('user:me', seen.length)
      await client.until(() => client.offsets().length >= Math.min(40, total - seen.length))
      client.end()
      seen.push(...client.offsets())
    }
    await publishing
    expect(seen).toEqual(Array.from({ length: total }, (_, index) => index + 1))
  })

  test('a long resume is paced by the client and stays in order with what comes meanwhile', async () => {
    const { connect, broker } = await start({ resumePageRows: 100, maxBufferedBytes: 100_000 })
    const detail = 'x'.repeat(8000)
    for (let batch = 0; batch < 10; batch += 1) {
      await broker.publish(Array.from({ length: 100 }, () => attentionRaised({ customerId: 'ann' }, detail)).map(toMessage))
    }
    const client = await connect('ann:customer')
    await client.subscribe('user:me', 0)
    client.ws.pause()
    await broker.publish(placedFor('ann', 50).map(toMessage))
    await new Promise((resolve) => setTimeout(resolve, 100))
    client.ws.resume()
    await client.until(() => client.offsets().length >= 1050)
    expect(client.offsets()).toEqual(Array.from({ length: 1050 }, (_, index) => index + 1))
  })

  test('an offset beyond the head is answered with a gap, from which the client goes on', async () => {
    const { connect, broker } = await start()
    await broker.publish(placedFor('ann', 3).map(toMessage))
    const client = await connect('ann:customer')
    await client.subscribe('user:me', 99)
    expect(await client.frame('gap')).toEqual({ type: 'gap', topic: 'user:me', offset: 3 })
    await broker.publish(placedFor('ann', 1).map(toMessage))
    await client.until(() => client.offsets().length === 1)
    expect(client.offsets()).toEqual([4])
  })

  test('subscribing again starts again from the offset named, without doubles', async () => {
    const { connect, broker } = await start()
    await broker.publish(placedFor('ann', 5).map(toMessage))
    const client = await connect('ann:customer')
    await client.subscribe('user:me', 3)
    await client.until(() => client.offsets().length === 2)
    client.send({ type: 'subscribe', topic: 'user:me', after: 4 })
    await client.until(() => client.offsets().length === 3)
    await broker.publish(placedFor('ann', 1).map(toMessage))
    await client.until(() => client.offsets().length === 4)
    expect(client.offsets()).toEqual([4, 5, 5, 6])
  })
})

describe('a socket', () => {
  let service: RunningService | undefined
  afterEach(async () => {
    await service?.stop()
    service = undefined
  })

  async function start(live: Record<string, unknown> = {}, options: RunOptions = {}): Promise<RunningService> {
    service = await runService(OWN_SQLITE, { settings: { live }, ...options })
    return service
  }

  test.for([
    ['no sign-in', {}, 'orderflow.v1.json', 401],
    ['a bad token', { authorization: 'Bearer nonsense' }, 'orderflow.v1.json', 401],
    ['another subprotocol', { authorization: 'Bearer ann:customer' }, 'something', 400],
  ] as const)('a handshake with %s is refused with a problem', async ([, headers, subprotocol, status]) => {
    const { url } = await start()
    const ws = new WebSocket(`${url.replace('http', 'ws')}/ws`, subprotocol, { headers })
    const response = await new Promise<{ statusCode?: number | undefined; headers: Record<string, unknown> }>((resolve) => {
      ws.on('unexpected-response', (_request, answer) => resolve(answer))
    })
    expect(response.statusCode).toBe(status)
    expect(response.headers['content-type']).toBe('application/problem+json')
    ws.on('error', () => {})
    ws.terminate()
  })

  test('nothing upgrades anywhere but at /ws', async () => {
    const { url } = await start()
    await expect(connectLive(`${url}/api`, 'ann:customer')).rejects.toThrow('404')
  })

  test('support is for agents and orders is for operators', async () => {
    const { connect } = await start()
    const customer = await connect('ann:customer')
    customer.send({ type: 'subscribe', topic: 'support' })
    const { problem } = await customer.frame('error')
    expect(problem).toMatchObject({ type: '/problems/forbidden', status: 403, topic: 'support' })
    const agent = await connect('meg:agent')
    await agent.subscribe('support')
    agent.send({ type: 'subscribe', topic: 'orders' })
    expect((await agent.frame('error')).problem.status).toBe(403)
  })

  test('a client that does not read is closed with 4408; others go on', async () => {
    const { connect, broker, url } = await start({ maxBufferedBytes: 65_536 })
    const slow = await connect('oli:operator')
    const other = await connect('oda:operator')
    await slow.subscribe('orders')
    await other.subscribe('orders')
    slow.ws.pause()
    const detail = 'x'.repeat(20_000)
    let total = 0
    while (!(await pushesDropped(url))) {
      for (let batch = 0; batch < 20; batch += 1, total += 2) {
        await broker.publish(
          [attentionRaised({ customerId: 'ann' }, detail), attentionRaised({ customerId: 'ann' }, detail)].map(toMessage),
        )
      }
    }
    slow.ws.resume()
    expect((await slow.closed()).code).toBe(CLOSE_CODES.slowConsumer)
    expect(slow.events().length).toBeLessThan(total)
    await other.until(() => other.events().length === total)
  })

  test('malformed frames are answered with a problem, the third one closes', async () => {
    const { connect } = await start()
    const client = await connect('ann:customer')
    client.send('{"type":"subscribe"')
    client.send({ type: 'subscribe', topic: 'user:ben' })
    await client.until(() => client.frames.filter(({ type }) => type === 'error').length === 2)
    expect((await client.frame('error')).problem).toMatchObject({ type: '/problems/invalid-frame', status: 400 })
    client.ws.send(Buffer.from([1, 2, 3]))
    expect((await client.closed()).code).toBe(1008)
  })

  test('a frame above the limit closes with 1009', async () => {
    const { connect } = await start({ maxFrameBytes: 1000 })
    const client = await connect('ann:customer')
    client.send({ type: 'ping', n: 1, padding: 'x'.repeat(1000) })
    expect((await client.closed()).code).toBe(1009)
  })

  test('too many frames close with 4429, pings among them', async () => {
    const { connect } = await start({ frameBurst: 5, framesPerSecond: 1 })
    const client = await connect('ann:customer')
    for (let n = 0; n < 6; n += 1) client.send({ type: 'ping', n })
    expect((await client.closed()).code).toBe(CLOSE_CODES.tooManyFrames)
    const pinging = await connect('ann:customer')
    for (let n = 0; n < 6; n += 1) pinging.ws.ping()
    expect((await pinging.closed()).code).toBe(CLOSE_CODES.tooManyFrames)
  })

  test('sockets are limited per user and over all', async () => {
    const { connect } = await start({ maxSocketsPerUser: 2, maxSockets: 3 })
    const together = await runService(OWN_SQLITE, { settings: { live: { maxSocketsPerUser: 2 } } })
    const opened = await Promise.allSettled(Array.from({ length: 6 }, () => together.connect('ann:customer')))
    expect(opened.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    await together.stop()
    const first = await connect('ann:customer')
    await connect('ann:customer')
    await expect(connect('ann:customer')).rejects.toThrow('429')
    await connect('ben:customer')
    await expect(connect('cat:customer')).rejects.toThrow('503')
    first.ws.close()
    await first.closed()
    await connect('ann:customer')
  })

  test('a socket that answers no pings is given up after two of them', async () => {
    const { connect } = await start({ heartbeatMs: 100 })
    const dead = await connect('ann:customer', { autoPong: false })
    const alive = await connect('ben:customer')
    expect((await dead.closed()).code).toBe(1006)
    alive.send({ type: 'ping', n: 1 })
    await alive.frame('pong')
  })

  test('a socket is closed with 4401 when its sign-in expires', async () => {
    const tokens: TokenVerifier = { verify: async () => ({ userId: 'ann', roles: ['customer'] }) }
    const { connect } = await start({ heartbeatMs: 100 }, { tokens })
    const claims = Buffer.from(JSON.stringify({ sub: 'ann', exp: Math.floor(Date.now() / 1000) + 1 })).toString('base64url')
    const client = await connect(`header.${claims}.signature`)
    await client.frame('welcome')
    expect((await client.closed()).code).toBe(CLOSE_CODES.signedOut)
    expect(await client.frame('bye')).toMatchObject({ reason: 'The sign-in has expired.' })
  })

  test('a stop says goodbye with a time to come back, and closes with 1001', async () => {
    const running = await runService(OWN_SQLITE)
    const client = await running.connect('ann:customer')
    const stopping = running.stop()
    expect((await client.closed()).code).toBe(1001)
    const { reconnectInMs } = await client.frame('bye')
    expect(reconnectInMs[1]).toBeGreaterThan(reconnectInMs[0])
    await stopping
  })
})

async function pushesDropped(url: string): Promise<boolean> {
  const text = await (await fetch(`${url}/actuator/prometheus`)).text()
  return !/live_pushes_dropped_total\{[^}]*\} 0\n/.test(text)
}
