import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash } from '@node-rs/argon2'
import { createEurekaClient } from '@order-flow/eureka-client'
import { createLogger } from '@order-flow/service-kit'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { ACTIONS, type Action } from '../src/guard/access-rules.ts'
import { type RegistryOptions, type RunningRegistry, startRegistry } from './start-registry.ts'

const SECURITY = 'eureka.server.security'
const HASHED = 'hashed: 100 % päss'
const may = (action: Action, ...applications: string[]) => ({ action, ...(applications.length > 0 && { applications }) })

let passwordHash: string
beforeAll(async () => {
  passwordHash = await hash(HASHED, { memoryCost: 1024, timeCost: 1 })
})

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop()
})

/** An account for each right, `only-read` and so on, and some for single applications; the password is the name. */
const ACCOUNTS = [
  { name: 'all', may: ACTIONS.map((action) => may(action)) },
  { name: 'nothing', may: [] },
  ...ACTIONS.map((action) => ({ name: `only-${action}`, may: [may(action)] })),
  { name: 'orders', may: [may('register', 'ORDERS'), may('read', 'ORDERS', 'PAY-*'), may('override', 'ORDERS')] },
  { name: 'orders-peer', may: [may('replicate', 'ORDERS')] },
].map((account) => ({ ...account, password: account.name }))

async function aRegistry(settings: Record<string, unknown> = {}, parts: RegistryOptions = {}): Promise<RunningRegistry> {
  const registry = await startRegistry({ [`${SECURITY}.enabled`]: true, [`${SECURITY}.accounts`]: ACCOUNTS, ...settings }, parts)
  open.push(registry)
  return registry
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
const as = (account: string) => ({ authorization: basic(`${account}:${account}`) })

interface Asking {
  headers?: Record<string, string>
  body?: string
}

/** By Node's own client, which sends every header as it is told. */
function ask(registry: RunningRegistry, method: string, path: string, { headers = {}, body }: Asking = {}) {
  return new Promise<{ status: number; text: string; headers: Record<string, string | string[] | undefined> }>((resolve, reject) => {
    const json = { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) }
    const request = httpRequest(
      { port: registry.port, host: '127.0.0.1', method, path, headers: { ...json, ...headers } },
      async (response) => {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk)
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString(), headers: response.headers })
      },
    )
    request.on('error', reject)
    request.end(method === 'POST' || method === 'PUT' ? body : undefined)
  })
}

function instanceOf(app: string, instanceId: string) {
  return { instanceId, hostName: 'web1', app, ipAddr: '10.1.2.3', dataCenterInfo: { name: 'MyOwn' }, vipAddress: 'shared' }
}

async function register(registry: RunningRegistry, app: string, instanceId: string, account = 'all') {
  const body = JSON.stringify({ instance: instanceOf(app, instanceId) })
  return (await ask(registry, 'POST', `/eureka/apps/${app}`, { headers: as(account), body })).status
}

/** Every operation of the protocol on ORDERS, with the right it takes. */
const OPERATIONS: [Action, string, string][] = [
  ['read', 'GET', 'apps'],
  ['read', 'GET', 'apps/delta'],
  ['read', 'GET', 'apps/stream?wait=0'],
  ['read', 'GET', 'apps/stream'],
  ['read', 'GET', 'apps/ORDERS'],
  ['read', 'HEAD', 'apps/ORDERS'],
  ['read', 'GET', 'apps/ORDERS/o1'],
  ['read', 'GET', 'instances/o1'],
  ['read', 'GET', 'vips/shared'],
  ['read', 'GET', 'svips/shared'],
  ['read', 'GET', 'serverinfo/statusoverrides'],
  ['register', 'POST', 'apps/ORDERS'],
  ['register', 'POST', 'apps/STREAM'],
  ['register', 'POST', 'apps/stream'],
  ['register', 'PUT', 'apps/ORDERS/o1'],
  ['register', 'DELETE', 'apps/ORDERS/o1'],
  ['override', 'PUT', 'apps/ORDERS/o1/status?value=DOWN'],
  ['override', 'DELETE', 'apps/ORDERS/o1/status'],
  ['override', 'PUT', 'apps/ORDERS/o1/metadata?color=blue'],
  ['override', 'PUT', 'asg/group/status?value=ENABLED'],
  ['replicate', 'POST', 'peerreplication/batch'],
]

describe('with accounts', () => {
  test('every operation takes its right and no other', async () => {
    const registry = await aRegistry()
    for (const [right, method, path] of OPERATIONS) {
      for (const base of ['/eureka', '/eureka/v2', '//eureka/v1/']) {
        const askAs = async (headers: Record<string, string>) =>
          (await ask(registry, method, `${base}/${path}`, { headers, body: '{}' })).status
        const what = `${method} ${base}/${path}`
        expect(await askAs({}), what).toBe(401)
        for (const action of ACTIONS) {
          const status = await askAs(as(`only-${action}`))
          if (action === right) expect([401, 403, 429], `${what} by ${action}`).not.toContain(status)
          else expect(status, `${what} by ${action}`).toBe(403)
        }
      }
    }
  })

  test('an address that does not exist is told to everybody: that is public', async () => {
    const registry = await aRegistry()
    expect((await ask(registry, 'GET', '/eureka/nothing')).status).toBe(404)
    expect((await ask(registry, 'GET', '/eureka/nothing', { headers: { authorization: basic('all:wrong') } })).status).toBe(401)
  })

  test('401 asks for Basic and has no body', async () => {
    const registry = await aRegistry()
    for (const headers of [{}, { authorization: basic('all:wrong') }] as Record<string, string>[]) {
      const answer = await ask(registry, 'GET', '/eureka/apps', { headers })
      expect(answer).toMatchObject({
        status: 401,
        text: '',
        headers: { 'www-authenticate': 'Basic realm="eureka"', 'content-length': '0' },
      })
    }
  })

  test.each(['Basic', 'Basic !', basic('all'), 'Bearer all', 'Digest all', basic('all:all:'), basic(' all:all'), '%', 'x'.repeat(8000)])(
    'the Authorization header "%.20s" opens nothing',
    async (authorization) => {
      expect((await ask(await aRegistry(), 'GET', '/eureka/apps', { headers: { authorization } })).status).toBe(401)
    },
  )

  test('403 says what is missing, except to heartbeats, whose answers Java reads as instances', async () => {
    const registry = await aRegistry()
    const body = JSON.stringify({ instance: instanceOf('STOCK', 's1') })
    const refused = await ask(registry, 'POST', '/eureka/apps/stock', { headers: as('orders'), body })
    expect(refused).toMatchObject({ status: 403, text: expect.stringContaining('orders lacks the right to register stock') })
    expect(await ask(registry, 'PUT', '/eureka/apps/STOCK/s1', { headers: as('orders') })).toMatchObject({ status: 403, text: '' })
    const overriding = await ask(registry, 'PUT', '/eureka/apps/STOCK/s1/status?value=DOWN', { headers: as('orders') })
    expect(overriding).toMatchObject({ status: 403, text: expect.stringContaining('to override STOCK') })
  })

  test('a connection can be used again after a request with a body was refused', async () => {
    const registry = await aRegistry()
    const socket = connect(registry.port, '127.0.0.1')
    open.push({ stop: async () => void socket.destroy() })
    const body = 'x'.repeat(60_000)
    socket.write(`POST /eureka/apps/ORDERS HTTP/1.1\r\nHost: r\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    socket.write(`GET /eureka/apps HTTP/1.1\r\nHost: r\r\nAuthorization: ${as('all').authorization}\r\n\r\n`)
    let text = ''
    socket.on('data', (chunk) => (text += chunk))
    await vi.waitFor(() => expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401', 'HTTP/1.1 200']))
  })

  test('an account registers, renews, overrides and deregisters its own applications, and no other', async () => {
    const registry = await aRegistry()
    expect(await register(registry, 'STOCK', 's1')).toBe(204)
    expect(await register(registry, 'ORDERS', 'o1', 'orders')).toBe(204)
    expect(await register(registry, 'STOCK', 's2', 'orders')).toBe(403)
    // The path says one application, the body another.
    const body = JSON.stringify({ instance: instanceOf('STOCK', 's2') })
    expect((await ask(registry, 'POST', '/eureka/apps/ORDERS', { headers: as('orders'), body })).status).toBe(400)
    for (const [method, path] of [
      ['PUT', ''],
      ['PUT', '/status?value=DOWN'],
      ['DELETE', '/status'],
      ['PUT', '/metadata?a=b'],
      ['DELETE', ''],
    ]) {
      expect((await ask(registry, method ?? '', `/eureka/apps/ORDERS/o1${path}`, { headers: as('orders') })).status, path).toBe(200)
      expect((await ask(registry, method ?? '', `/eureka/apps/STOCK/s1${path}`, { headers: as('orders') })).status, path).toBe(403)
    }
    expect((await ask(registry, 'GET', '/eureka/apps/STOCK/s1', { headers: as('all') })).status).toBe(200)
  })

  test('whoever speaks as a peer needs the right to; the header is refused, not ignored', async () => {
    const registry = await aRegistry()
    const headers = { 'x-netflix-discovery-replication': 'true' }
    await register(registry, 'ORDERS', 'o1')
    for (const [right, method, path] of OPERATIONS.filter(([right]) => right !== 'read')) {
      const askAs = async (name: string) =>
        (await ask(registry, method, `/eureka/${path}`, { headers: { ...headers, ...as(name) }, body: '{}' })).status
      if (right !== 'replicate') expect(await askAs(`only-${right}`), `${method} ${path}`).toBe(403)
      expect(await askAs('only-replicate'), `${method} ${path}`).not.toBe(403)
    }
    expect((await ask(registry, 'GET', '/eureka/apps', { headers: { ...headers, ...as('only-read') } })).status).toBe(200)
  })

  test('a batch is judged change by change, by the instance that it brings', async () => {
    const registry = await aRegistry()
    await register(registry, 'STOCK', 's1')
    const replicationList = [
      { appName: 'ORDERS', id: 'o1', action: 'Register', instanceInfo: instanceOf('ORDERS', 'o1') },
      { appName: 'STOCK', id: 's2', action: 'Register', instanceInfo: instanceOf('STOCK', 's2') },
      { appName: 'ORDERS', id: 's3', action: 'Register', instanceInfo: instanceOf('STOCK', 's3') },
      { appName: 'stock', id: 's1', action: 'Cancel' },
      { appName: 'orders', id: 'o1', action: 'Heartbeat' },
    ]
    const answer = await ask(registry, 'POST', '/eureka/peerreplication/batch', {
      headers: as('orders-peer'),
      body: JSON.stringify({ replicationList }),
    })
    expect(JSON.parse(answer.text).responseList.map(({ statusCode }: { statusCode: number }) => statusCode)).toEqual([
      // The third is no registration, whoever sends it: its instance is not of the application that it names.
      200, 403, 200, 403, 200,
    ])
    const all = JSON.parse((await ask(registry, 'GET', '/eureka/apps', { headers: as('all') })).text)
    expect(all.applications.apps__hashcode).toBe('UP_2_')
  })

  test('passwords with colons, percents and other letters open, plain or hashed, in every spelling of Spring’s', async () => {
    const passwords = { plain: 'a:b%41@/ü', hashed: passwordHash, noop: '{noop}{plain}', argon: `{argon2}${passwordHash}` }
    const accounts = Object.entries(passwords).map(([name, password]) => ({ name, password, may: [may('read')] }))
    const registry = await aRegistry({ [`${SECURITY}.accounts`]: accounts })
    for (const text of ['plain:a:b%41@/ü', `hashed:${HASHED}`, 'noop:{plain}', `argon:${HASHED}`]) {
      expect((await ask(registry, 'GET', '/eureka/apps', { headers: { authorization: basic(text) } })).status, text).toBe(200)
    }
    for (const text of ['plain:a', 'plain:a:bA@/ü', `hashed:${passwordHash}`, 'noop:{noop}{plain}']) {
      expect((await ask(registry, 'GET', '/eureka/apps', { headers: { authorization: basic(text) } })).status, text).toBe(401)
    }
  })

  test('a token opens as Bearer', async () => {
    // As keys of a file come from a config server.
    const account = { name: 'robot', token: 'a-token-of-some-length', 'may[0].action': 'read', 'may[0].applications[0]': '*' }
    const keys = Object.entries(account).map(([key, value]) => [`${SECURITY}.accounts[0].${key}`, value])
    const registry = await startRegistry({ [`${SECURITY}.enabled`]: 'true', ...Object.fromEntries(keys) })
    open.push(registry)
    expect((await ask(registry, 'GET', '/eureka/apps', { headers: { authorization: 'Bearer a-token-of-some-length' } })).status).toBe(200)
    expect((await ask(registry, 'GET', '/eureka/apps', { headers: { authorization: 'Bearer a-token-of-some-lengtH' } })).status).toBe(401)
    expect((await ask(registry, 'GET', '/eureka/apps', { headers: { authorization: basic('robot:a-token-of-some-length') } })).status).toBe(
      401,
    )
  })

  test('Spring’s own account may do everything', async () => {
    const spring = {
      'spring.security.user.name': 'admin',
      'spring.security.user.password': 'secret',
      'spring.security.user.roles': ['ADMIN'],
    }
    const registry = await aRegistry({ [`${SECURITY}.accounts`]: [], ...spring })
    const headers = { authorization: basic('admin:secret') }
    for (const [, method, path] of OPERATIONS.filter(([, , path]) => path !== 'apps/stream')) {
      expect([401, 403], path).not.toContain((await ask(registry, method, `/eureka/${path}`, { headers, body: '{}' })).status)
    }
  })

  test('reading can be left open', async () => {
    const registry = await aRegistry({ [`${SECURITY}.anonymous`]: [may('read')] })
    expect((await ask(registry, 'GET', '/eureka/apps')).status).toBe(200)
    expect((await ask(registry, 'POST', '/eureka/apps/ORDERS', { body: '{}' })).status).toBe(401)
    expect((await ask(registry, 'GET', '/actuator/prometheus')).status).toBe(200)
  })

  test('health is open, numbers are for readers, changes of pages for operators', async () => {
    const registry = await aRegistry()
    for (const path of ['/actuator/health', '/actuator/health/liveness', '/actuator/health/readiness']) {
      expect((await ask(registry, 'GET', path)).status, path).toBe(200)
    }
    for (const path of ['/actuator/info', '/actuator/prometheus', '/actuator/%70rometheus', '/actuator/prometheus?x=1']) {
      expect((await ask(registry, 'GET', path)).status, path).toBe(401)
      expect((await ask(registry, 'HEAD', path)).status, path).toBe(401)
      expect((await ask(registry, 'GET', path, { headers: as('nothing') })).status, path).toBe(403)
      expect((await ask(registry, 'GET', path, { headers: as('only-read') })).status, path).toBe(200)
    }
    for (const path of ['/', '/action', '/actuator/health']) {
      expect((await ask(registry, 'POST', path)).status, path).toBe(401)
      expect((await ask(registry, 'POST', path, { headers: as('only-register') })).status, path).toBe(403)
      expect((await ask(registry, 'POST', path, { headers: as('only-operate') })).status, path).toBe(404)
    }
    expect((await ask(registry, 'GET', '/unknown')).status).toBe(404)
  })

  test('any Host is served, a foreign page is not', async () => {
    const registry = await aRegistry()
    expect((await ask(registry, 'GET', '/eureka/apps', { headers: { host: 'eureka.example', ...as('all') } })).status).toBe(200)
    const foreign = { host: 'eureka.example', origin: 'https://evil.example', ...as('all') }
    const refused = await ask(registry, 'DELETE', '/eureka/apps/ORDERS/o1', { headers: foreign })
    expect(refused).toMatchObject({ status: 403, text: expect.stringContaining('page of another site') })
  })

  test('many requests and many guesses are asked to wait', async () => {
    const registry = await aRegistry({
      [`${SECURITY}.burst`]: 20,
      [`${SECURITY}.requests-per-second`]: 1,
      [`${SECURITY}.failures-per-minute`]: 2,
    })
    const guesses = []
    for (const guess of ['1', '2', '3'])
      guesses.push(await ask(registry, 'GET', '/eureka/apps', { headers: { authorization: basic(`all:${guess}`) } }))
    expect(guesses.map(({ status }) => status)).toEqual([401, 401, 429])
    expect(Number(guesses[2]?.headers['retry-after'])).toBeGreaterThan(25)
    const answers = []
    for (let count = 0; count < 30; count++) answers.push(await ask(registry, 'GET', '/eureka/apps'))
    expect(answers.at(-1)).toMatchObject({ status: 429, headers: { 'retry-after': '1' }, text: 'Too many requests; come again later.' })
  })

  test('changes and refusals are told, with who and from where, and without secrets', async () => {
    const lines: string[] = []
    const registry = await aRegistry({}, { logger: createLogger('info', { write: (line) => void lines.push(line) }) })
    await register(registry, 'ORDERS', 'o1', 'orders')
    await register(registry, 'ORDERS', 'o1', 'orders')
    await register(registry, 'STOCK', 's1', 'orders')
    await ask(registry, 'PUT', '/eureka/apps/ORDERS/o1', { headers: as('orders') })
    await ask(registry, 'PUT', '/eureka/apps/ORDERS/o1/status?value=DOWN', { headers: as('orders') })
    await ask(registry, 'DELETE', '/eureka/apps/ORDERS/o1/status', { headers: as('orders') })
    await ask(registry, 'PUT', '/eureka/apps/ORDERS/o1/metadata?key=hidden', { headers: as('orders') })
    await ask(registry, 'GET', '/eureka/apps', { headers: { authorization: basic('orders:hidden') } })
    const replicationList = [
      { appName: 'ORDERS', id: 'o1', action: 'Heartbeat' },
      { appName: 'ORDERS', id: 'o1', action: 'Cancel' },
    ]
    await ask(registry, 'POST', '/eureka/peerreplication/batch', { headers: as('orders-peer'), body: JSON.stringify({ replicationList }) })
    const audited = lines.map((line) => JSON.parse(line)).filter(({ audit }) => audit)
    const who = { account: 'orders', address: '127.0.0.1' }
    const which = { app: 'ORDERS', instanceId: 'o1' }
    expect(audited).toMatchObject([
      { msg: 'instance registered', ...who, ...which, origin: 'client' },
      { msg: 'instance registered again', ...who, ...which },
      { msg: 'request refused', ...who, reason: 'not-allowed', action: 'register', app: 'STOCK' },
      { msg: 'status overridden', ...who, ...which, status: 'DOWN' },
      { msg: 'status override removed', ...who, ...which },
      { msg: 'metadata added', ...who, ...which, keys: ['key'] },
      { msg: 'request refused', address: '127.0.0.1', reason: 'credentials' },
      { msg: 'instance deregistered', account: 'orders-peer', ...which, origin: 'peer' },
    ])
    expect(lines.join()).not.toMatch(/hidden|Basic/)
  })
})

describe('who may read some applications', () => {
  async function filled() {
    const registry = await aRegistry()
    for (const [app, id] of [
      ['ORDERS', 'o1'],
      ['STOCK', 's1'],
      ['PAY-CARDS', 'p1'],
    ] as const)
      await register(registry, app, id)
    await ask(registry, 'PUT', '/eureka/apps/STOCK/s1/status?value=DOWN', { headers: as('all') })
    return registry
  }
  const read = async (registry: RunningRegistry, path: string, account = 'orders') => {
    const { status, text } = await ask(registry, 'GET', `/eureka/${path}`, { headers: as(account) })
    return status === 200 ? JSON.parse(text) : status
  }
  const namesOf = ({ applications }: { applications: { application: { name: string }[] } }) =>
    applications.application.map(({ name }) => name)

  test('finds only those in every list, with their own hash code', async () => {
    const registry = await filled()
    for (const path of ['apps', 'apps/delta', 'vips/shared']) {
      const list = await read(registry, path)
      expect([namesOf(list).sort(), list.applications.apps__hashcode], path).toEqual([['ORDERS', 'PAY-CARDS'], 'UP_2_'])
      const whole = await read(registry, path, 'all')
      expect([namesOf(whole).length, whole.applications.apps__hashcode], path).toEqual([3, 'DOWN_1_UP_2_'])
    }
    expect(namesOf(await read(registry, 'apps', 'only-read'))).toHaveLength(3)
  })

  test('finds nothing else by its name either', async () => {
    const registry = await filled()
    for (const path of ['apps/STOCK', 'apps/stock', 'apps/STOCK/s1', 'instances/s1']) {
      expect(await read(registry, path), path).toBe(404)
      expect(await read(registry, path, 'all'), path).not.toBe(404)
    }
    expect(await read(registry, 'instances/o1')).toMatchObject({ instance: { instanceId: 'o1' } })
    expect([await read(registry, 'serverinfo/statusoverrides'), await read(registry, 'serverinfo/statusoverrides', 'all')]).toEqual([
      {},
      { s1: 'DOWN' },
    ])
  })

  test('is told of changes of those alone', async () => {
    const registry = await filled()
    const wait = (after: string, waitSecs: number) =>
      ask(registry, 'GET', `/eureka/apps/stream?wait=${waitSecs}&after=${after}`, { headers: as('orders') })
    const snapshot = await wait('', 1)
    expect(namesOf(JSON.parse(snapshot.text)).sort()).toEqual(['ORDERS', 'PAY-CARDS'])
    const after = String(snapshot.headers['x-eureka-event-id'])
    const waiting = wait(after, 10)
    await vi.waitFor(async () => expect(await watchers(registry)).toBe(1))
    await register(registry, 'STOCK', 's2')
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(await watchers(registry)).toBe(1)
    await register(registry, 'PAY-CARDS', 'p2')
    const changes = JSON.parse((await waiting).text)
    expect([namesOf(changes), changes.applications.apps__hashcode]).toEqual([['PAY-CARDS'], 'UP_3_'])
    await register(registry, 'STOCK', 's3')
    expect((await wait(String((await waiting).headers['x-eureka-event-id']), 0)).status).toBe(204)
    // What was missed is found again, without the others.
    expect(namesOf(JSON.parse((await wait(after, 0)).text))).toEqual(['PAY-CARDS'])
  })

  test('sees a stream of those alone', async () => {
    const registry = await filled()
    const abort = new AbortController()
    open.push({ stop: async () => abort.abort() })
    const headers = { accept: 'text/event-stream', ...as('orders') }
    const stream = await fetch(`${registry.serviceUrl}apps/stream`, { headers, signal: abort.signal })
    let text = ''
    const reading = (async () => {
      for await (const chunk of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk
    })().catch(() => undefined)
    await vi.waitFor(() => expect(text).toContain('snapshot'))
    await register(registry, 'STOCK', 's2')
    await register(registry, 'ORDERS', 'o2')
    await vi.waitFor(() => expect(text).toContain('"o2"'))
    expect(text).not.toContain('STOCK')
    abort.abort()
    await reading
  })

  async function watchers(registry: RunningRegistry): Promise<number> {
    const { text } = await ask(registry, 'GET', '/actuator/prometheus', { headers: as('all') })
    return Number(/eureka_server_watchers\{[^}]*\} (\d+)/.exec(text)?.[1])
  }
})

describe('where others can reach it', () => {
  let dataDir: string | undefined
  afterEach(() => {
    if (dataDir) rmSync(dataDir, { recursive: true })
    dataDir = undefined
  })

  const everywhere = { 'server.address': '0.0.0.0', [`${SECURITY}.enabled`]: 'auto', [`${SECURITY}.accounts`]: [] }

  test('the first start makes accounts, which the next ones keep', async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'eureka-server-'))
    const file = join(dataDir, 'eureka-server', 'accounts.json')
    const first = await aRegistry(everywhere, { dataDir })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const [operator, client] = JSON.parse(readFileSync(file, 'utf8')) as { name: string; password: string }[]
    expect((await ask(first, 'GET', '/eureka/apps')).status).toBe(401)
    await first.stop()
    const second = await aRegistry(everywhere, { dataDir })
    const headersOf = (account: typeof client) => ({ authorization: basic(`${account?.name}:${account?.password}`) })
    const statusesOf = async (account: typeof client) => {
      const statuses = []
      for (const [method, path] of [
        ['GET', 'apps'],
        ['PUT', 'apps/ORDERS/o1'],
        ['PUT', 'apps/ORDERS/o1/status?value=UP'],
        ['POST', 'peerreplication/batch'],
      ] as const) {
        statuses.push((await ask(second, method, `/eureka/${path}`, { headers: headersOf(account), body: '{}' })).status)
      }
      return statuses
    }
    expect(await statusesOf(operator)).toEqual([200, 404, 404, 400])
    expect(await statusesOf(client)).toEqual([200, 404, 403, 403])
    await second.stop()
    writeFileSync(file, '[')
    await expect(aRegistry(everywhere, { dataDir })).rejects.toThrow(/accounts\.json holds the accounts of the registry and cannot be used/)
  })

  test('it does not start without protection', async () => {
    await expect(aRegistry({ ...everywhere, [`${SECURITY}.enabled`]: false })).rejects.toThrow(
      /listens on 0\.0\.0\.0, where others can reach it/,
    )
  })

  test('a wrong rule ends the start and shows no password', async () => {
    const wrong = [
      { name: 'a', password: 'hidden', may: [{ action: 'reed' }] },
      { name: 'b', password: 'hidden', might: [] },
    ]
    const start = aRegistry({ ...everywhere, [`${SECURITY}.accounts`]: wrong })
    await expect(start).rejects.toThrow(/accounts\.0\.may\.0\.action/)
    await expect(start).rejects.not.toThrow(/hidden/)
  })

  test('a client of ours takes name and password from the URL', async () => {
    const accounts = [{ name: 'client', password: 'a:b%/@', may: [may('read'), may('register', 'ORDER-SERVICE')] }]
    const registry = await aRegistry({ ...everywhere, [`${SECURITY}.accounts`]: accounts })
    const problems: string[] = []
    const startClient = async (password: string, appname: string) => {
      const client = createEurekaClient({
        client: {
          serviceUrl: { defaultZone: `http://client:${encodeURIComponent(password)}@127.0.0.1:${registry.port}/eureka/` },
          registryFetchIntervalSeconds: 0.05,
        },
        instance: { appname, hostname: '127.0.0.1', nonSecurePort: 8081, leaseRenewalIntervalInSeconds: 0.05 },
        onProblem: (problem) => problems.push(problem),
      })
      open.push(client)
      await client.start()
      return client
    }
    const client = await startClient('a:b%/@', 'order-service')
    await client.refresh()
    expect(client.instances('order-service')).toHaveLength(1)
    expect(problems).toEqual([])
    await startClient('a:b%/@', 'stock-service')
    expect(problems.join()).toMatch(
      /stock-service cannot be registered: .* answered 403: The account client lacks the right to register STOCK-SERVICE/,
    )
    await startClient('wrong', 'order-service')
    expect(problems.join()).toMatch(/answered 401/)
    expect(problems.join()).not.toMatch(/a:b|wrong/)
  })
})

describe('on the loopback without accounts', () => {
  const off = { [`${SECURITY}.enabled`]: 'auto', [`${SECURITY}.accounts`]: [] }

  test('everything is open under the names of this machine, and closed to foreign pages', async () => {
    const registry = await aRegistry({ ...off, [`${SECURITY}.hosts`]: ['peer1'] })
    for (const path of ['/eureka/apps', '/actuator/prometheus', '/unknown']) {
      const statusAs = async (host: string) => (await ask(registry, 'GET', path, { headers: { host } })).status
      for (const host of ['localhost:8761', '127.0.0.1', '[::1]:8761', 'peer1:8761'])
        expect(await statusAs(host), host).toBe(path === '/unknown' ? 404 : 200)
      for (const host of ['evil.example', 'eureka-server:8761', '10.0.0.1']) expect(await statusAs(host), host).toBe(403)
    }
    const change = async (path: string, headers: Record<string, string>) =>
      (await ask(registry, 'POST', path, { headers, body: '{}' })).status
    for (const path of ['/eureka/apps/ORDERS', '/eureka/peerreplication/batch', '/action']) {
      const isOpen = path === '/action' ? 404 : 400
      expect(await change(path, { origin: 'http://evil.example' }), path).toBe(403)
      expect(await change(path, { 'sec-fetch-site': 'cross-site' }), path).toBe(403)
      expect(await change(path, {}), path).toBe(isOpen)
      expect(await change(path, { origin: `http://127.0.0.1:${registry.port}` }), path).toBe(isOpen)
    }
    expect((await ask(registry, 'GET', '/eureka/apps', { headers: { origin: 'http://evil.example' } })).status).toBe(200)
  })

  test('nothing is limited, unless that is asked for', async () => {
    const statuses = async (registry: RunningRegistry) => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => ask(registry, 'GET', '/eureka/apps')))
      return new Set(answers.map(({ status }) => status))
    }
    expect(await statuses(await aRegistry({ ...off, [`${SECURITY}.burst`]: 3 }))).toEqual(new Set([200]))
    expect(await statuses(await aRegistry({ ...off, [`${SECURITY}.burst`]: 3, [`${SECURITY}.requests-per-second`]: 1 }))).toEqual(
      new Set([200, 429]),
    )
  })

  test('refusals are counted', async () => {
    const registry = await aRegistry(off)
    await ask(registry, 'DELETE', '/eureka/apps/A/a', { headers: { origin: 'null' } })
    expect((await ask(registry, 'GET', '/actuator/prometheus')).text).toMatch(/eureka_server_refusals_total\{reason="foreign-page",.*\} 1/)
  })
})
