import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type RunningRegistry, startRegistry } from './start-registry.ts'

let registry: RunningRegistry
const aborts: AbortController[] = []

beforeEach(async () => {
  registry = await startRegistry({ 'eureka.server.max-watchers': 3, 'eureka.server.max-watcher-lag-ms': 300 })
})
afterEach(async () => {
  for (const abort of aborts.splice(0)) abort.abort()
  await registry.stop()
})

test('a stream begins with everything and goes on with each change', async () => {
  await register('a')
  const stream = await watch()
  expect(await stream.next()).toMatchObject({ event: 'snapshot', ids: ['a ADDED'], hashCode: 'UP_1_' })
  await register('b')
  expect(await stream.next()).toMatchObject({ event: 'changes', ids: ['b ADDED'], hashCode: 'UP_2_' })
  await fetch(`${registry.serviceUrl}apps/ORDERS/a/status?value=DOWN`, { method: 'PUT' })
  expect(await stream.next()).toMatchObject({ event: 'changes', ids: ['a MODIFIED'], hashCode: 'DOWN_1_UP_1_' })
  await fetch(`${registry.serviceUrl}apps/ORDERS/b`, { method: 'DELETE' })
  expect(await stream.next()).toMatchObject({ event: 'changes', ids: ['b DELETED'], hashCode: 'DOWN_1_' })
})

test('who comes back with the last event’s id gets only what was missed', async () => {
  await register('a')
  const first = await watch()
  const { id } = await first.next()
  first.close()
  await register('b')
  const second = await watch({ 'last-event-id': id })
  expect(await second.next()).toMatchObject({ event: 'changes', ids: ['b ADDED'] })
})

test('an id of another registry, or of none, begins anew', async () => {
  await register('a')
  for (const id of ['0badcafe:1', 'nonsense', `${(await (await watch()).next()).id.split(':')[0]}:99`]) {
    const stream = await watch({ 'last-event-id': id })
    expect(await stream.next(), id).toMatchObject({ event: 'snapshot', ids: ['a ADDED'] })
    stream.close()
    await vi.waitFor(async () => expect(await watchers()).toBeLessThan(3))
  }
})

test('a waiting request is answered with the change, or with 204 when its time is over', async () => {
  await register('a')
  const snapshot = await poll('wait=1')
  expect(snapshot).toMatchObject({ status: 200, event: 'snapshot' })
  const waiting = poll(`wait=10&after=${snapshot.id}`)
  await vi.waitFor(async () => expect(await watchers()).toBe(1))
  await register('b')
  const changes = await waiting
  expect(changes).toMatchObject({ status: 200, event: 'changes' })
  expect(JSON.parse(changes.text).applications.application).toMatchObject([{ instance: [{ instanceId: 'b' }] }])
  expect(await poll(`wait=0.05&after=${changes.id}`)).toMatchObject({ status: 204, text: '' })
  await register('c')
  expect(await poll(`wait=10&after=${changes.id}`)).toMatchObject({ status: 200, event: 'changes' })
})

test('more watchers than are allowed are asked to come later', async () => {
  for (let count = 0; count < 3; count++) await watch()
  const refused = await fetch(`${registry.serviceUrl}apps/stream`, { headers: { accept: 'text/event-stream' } })
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('10')
  expect(await refused.text()).toContain('eureka.server.max-watchers')
})

test('an application may be called STREAM', async () => {
  expect((await fetch(`${registry.serviceUrl}apps/STREAM`)).status).toBe(404)
  expect((await fetch(`${registry.serviceUrl}apps/stream`)).status).toBe(404)
  await register('s', 'STREAM')
  const answer = await fetch(`${registry.serviceUrl}apps/stream`, { headers: { accept: 'application/json' } })
  expect(await answer.json()).toMatchObject({ application: { name: 'STREAM', instance: [{ instanceId: 's' }] } })
})

test('a client that does not read is cut off, and others go on', async () => {
  const stream = await watch()
  await stream.next()
  const deaf = connect(registry.port, '127.0.0.1')
  deaf.write('GET /eureka/apps/stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n')
  deaf.pause()
  await vi.waitFor(async () => expect(await watchers()).toBe(2))
  const metadata = { filling: 'x'.repeat(60_000) }
  for (let round = 0; round < 400 && (await watchers()) === 2; round++) {
    await register(`a${round % 10}`, 'ORDERS', { metadata, lastDirtyTimestamp: round })
  }
  expect(await watchers()).toBe(1)
  expect((await stream.next()).event).toBe('changes')
  deaf.destroy()
})

test('a client that reads slowly misses nothing: it is told at once what changed while it read', async () => {
  const metadata = { filling: 'x'.repeat(50_000) }
  for (let index = 0; index < 40; index++) await register(`big${index}`, 'BIG', { metadata })
  const slow = connect(registry.port, '127.0.0.1')
  slow.write('GET /eureka/apps/stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n')
  let text = ''
  slow.on('data', (chunk) => {
    text += chunk.toString()
    // Less than the registry changes in the same time, but never nothing for long.
    slow.pause()
    setTimeout(() => slow.resume(), 2)
  })
  for (let index = 0; index < 60; index++) await register(`small${index % 7}`, 'ORDERS', { lastDirtyTimestamp: index })
  await vi.waitFor(() => expect(text).toContain('event: changes'), { timeout: 15_000 })
  await register('last')
  await vi.waitFor(() => expect(text).toContain('"instanceId":"last"'), { timeout: 15_000 })
  expect(text.match(/event: snapshot/g)).toHaveLength(1)
  for (let index = 0; index < 7; index++) expect(text).toContain(`"instanceId":"small${index}"`)
  slow.destroy()
})

test('stopping ends the streams', async () => {
  const stream = await watch()
  await stream.next()
  const waiting = poll(`wait=30&after=${(await poll('wait=1')).id}`)
  await vi.waitFor(async () => expect(await watchers()).toBe(2))
  await registry.stop()
  await expect(stream.next()).rejects.toThrow('ended')
  expect((await waiting).status).toBe(204)
})

async function watchers(): Promise<number> {
  const text = await (await fetch(`${registry.url}/actuator/prometheus`)).text()
  return Number(/eureka_server_watchers\{[^}]*\} (\d+)/.exec(text)?.[1])
}

async function register(instanceId: string, app = 'ORDERS', changes: Record<string, unknown> = {}): Promise<void> {
  const instance = { instanceId, hostName: 'web1', app, ipAddr: '10.1.2.3', dataCenterInfo: { name: 'MyOwn' }, ...changes }
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${registry.serviceUrl}apps/${app}`, { method: 'POST', headers, body: JSON.stringify({ instance }) })
  expect(answer.status).toBe(204)
}

async function poll(query: string) {
  const answer = await fetch(`${registry.serviceUrl}apps/stream?${query}`, { headers: { accept: 'application/json' } })
  const { headers, status } = answer
  return { status, event: headers.get('x-eureka-event'), id: headers.get('x-eureka-event-id'), text: await answer.text() }
}

/** Opens a stream whose events are read one by one. */
async function watch(headers: Record<string, string> = {}) {
  const abort = new AbortController()
  aborts.push(abort)
  const answer = await fetch(`${registry.serviceUrl}apps/stream`, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: abort.signal,
  })
  expect(answer).toMatchObject({ status: 200 })
  expect(answer.headers.get('content-type')).toBe('text/event-stream')
  const events: (NonNullable<ReturnType<typeof parseEvent>> | undefined)[] = []
  const waiting: (() => void)[] = []
  // Reads on whether somebody asks or not: who does not read is cut off.
  void read()

  async function read(): Promise<void> {
    let text = ''
    try {
      for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const parts = (text + chunk).split('\n\n')
        text = parts.pop() ?? ''
        for (const part of parts) add(parseEvent(part))
      }
    } catch {
      // It was aborted or cut off: the end, too.
    }
    events.push(undefined)
    for (const wake of waiting.splice(0)) wake()
  }

  function add(event: ReturnType<typeof parseEvent>): void {
    if (!event) return
    events.push(event)
    for (const wake of waiting.splice(0)) wake()
  }

  async function next() {
    while (events.length === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    const event = events.shift()
    if (!event) throw new Error('the stream has ended')
    return event
  }
  return { next, close: () => abort.abort() }
}

interface WireApplication {
  instance: { instanceId: string; actionType: string }[]
}

function parseEvent(text: string) {
  const fields = new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
  const data = fields.get('data')
  if (data === undefined) return undefined
  const { applications } = JSON.parse(data)
  const instances = applications.application.flatMap(({ instance }: WireApplication) => instance)
  const ids = instances.map(({ instanceId, actionType }: WireApplication['instance'][number]) => `${instanceId} ${actionType}`)
  return { id: fields.get('id') ?? '', event: fields.get('event'), hashCode: applications.apps__hashcode as string, ids: ids as string[] }
}
