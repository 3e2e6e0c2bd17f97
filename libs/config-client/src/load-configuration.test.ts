import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ConfigurationRequest, ConfigurationUnavailableError, loadConfiguration } from './load-configuration.ts'

let dir: string
let server: Server
let configServerUrl: string
let answer: { status: number; body: unknown }
let asked: string[]

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'config-client-'))
  asked = []
  answer = { status: 200, body: environment({ 'server.port': 8081 }) }
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  configServerUrl = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
})

afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await rm(dir, { recursive: true, force: true })
})

test('the tree has the values with their placeholders resolved, and tells where each came from', async () => {
  answer.body = environment({ 'server.port': 8081, 'greeting.text': `port \${server.port}`, 'list[0].max-wait': 1.5 })
  const { tree, originOf } = await load()
  expect(tree).toEqual({ server: { port: 8081 }, greeting: { text: 'port 8081' }, list: [{ maxWait: 1.5 }] })
  expect(originOf('server.port')).toBe('test.yml')
  expect(originOf('list.0.maxWait')).toBe('test.yml')
  expect(originOf('nope')).toBeUndefined()
})

test('names in the path are encoded', async () => {
  await load({ application: 'a/b', profile: 'dev,db' })
  expect(asked).toEqual(['/a%2Fb/dev%2Cdb'])
})

test('a configuration that passes is kept, readable by its owner only, with no half-written file beside it', async () => {
  await load()
  expect((await stat(lastGoodFile())).mode & 0o777).toBe(0o600)
  expect(JSON.parse(await readFile(lastGoodFile(), 'utf8'))).toMatchObject({ environment: environment({ 'server.port': 8081 }) })
  expect(await readdir(join(dir, 'deep'))).toEqual(['last-good.json'])
})

test('a configuration that fails the check is not kept, and the check decides what is thrown', async () => {
  await load()
  answer.body = environment({ 'server.port': 'bad' })
  const refusal = new Error('port must be a number')
  const check = (tree: Record<string, unknown>) => {
    if (JSON.stringify(tree).includes('bad')) throw refusal
  }
  await expect(load({ check })).rejects.toBe(refusal)
  expect(await readFile(lastGoodFile(), 'utf8')).not.toContain('bad')
})

test.each([
  ['answers 5xx', { status: 500, body: { detail: 'x.yml, line 3: is broken.' } }, 'answered 500: x.yml, line 3: is broken.'],
  ['is down', undefined, 'cannot be reached ('],
])('the last good copy serves when the server %s', async (_what, failure, cause) => {
  await load()
  if (failure) answer = failure
  else await closeServer()
  const onLastGood = vi.fn()
  const { tree } = await load({ onLastGood })
  expect(tree).toEqual({ server: { port: 8081 } })
  expect(onLastGood).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(cause), expect.stringMatching(/^\d{4}-\d\d-\d\dT/))
})

test('without a copy it waits, saying so, until the server answers', async () => {
  const good = answer
  answer = { status: 503, body: {} }
  const onWaiting = vi.fn(() => {
    if (onWaiting.mock.calls.length === 2) answer = good
  })
  const { tree } = await load({ onWaiting })
  expect(tree).toEqual({ server: { port: 8081 } })
  expect(onWaiting).toHaveBeenCalledTimes(2)
  expect(onWaiting).toHaveBeenCalledWith(expect.stringContaining('answered 503'), expect.any(Number))
})

test('the signal ends the waiting', async () => {
  await closeServer()
  const waiting = new AbortController()
  await expect(load({ signal: waiting.signal, onWaiting: () => waiting.abort() })).rejects.toThrow(ConfigurationUnavailableError)
})

test('a damaged copy counts as none', async () => {
  await load()
  await writeFile(lastGoodFile(), '{"savedAt":')
  await closeServer()
  const waiting = new AbortController()
  await expect(load({ signal: waiting.signal, onWaiting: () => waiting.abort() })).rejects.toThrow('cannot be reached')
})

test.each([
  ['a refusal', { status: 404, body: { detail: 'The label x is not served.' } }, /answered 404 .*: The label x is not served\./],
  ['an answer that is no environment', { status: 200, body: { hello: 'world' } }, /is not a config server/],
])('%s is told at once instead of waited for', async (_what, refusal, message) => {
  answer = refusal
  await expect(load()).rejects.toThrow(message)
  await expect(load()).rejects.toBeInstanceOf(ConfigurationUnavailableError)
})

function load(changes: Partial<ConfigurationRequest> = {}) {
  return loadConfiguration({
    application: 'order-service',
    profile: 'default',
    configServerUrl,
    lastGoodFile: lastGoodFile(),
    onWaiting: () => undefined,
    onLastGood: () => undefined,
    check: () => undefined,
    ...changes,
  })
}

function lastGoodFile(): string {
  return join(dir, 'deep', 'last-good.json')
}

function environment(source: Record<string, unknown>) {
  return {
    name: 'order-service',
    profiles: ['default'],
    label: null,
    version: null,
    state: null,
    propertySources: [{ name: 'test.yml', source }],
  }
}

async function closeServer(): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}
