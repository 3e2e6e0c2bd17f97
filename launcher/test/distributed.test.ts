import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHttpClient, type HttpClient } from '@order-flow/client'
import { LIVE_SUBPROTOCOL } from '@order-flow/contracts'
import { removeNamespace } from '@order-flow/messaging/removal'
import { BROKERS } from '@order-flow/messaging/testing'
import { randomHex } from '@order-flow/service-kit'
import { ENGINES } from '@order-flow/service-kit/testing'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { TEST_KAFKA_URL } from '../../libs/messaging/src/kafka/testing.ts'
import { TEST_RABBIT_URL } from '../../libs/messaging/src/rabbitmq/testing.ts'
import { asAdministrator, TEST_POSTGRES_URL } from '../../libs/service-kit/src/testing-postgres.ts'
import type { Account } from '../src/accounts.ts'
import type { BrokerKind } from '../src/distributed/options.ts'
import type { InstanceState } from '../src/distributed/supervisor.ts'
import type { Addresses } from '../src/shop.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const GROUPS = ['order-service', 'inventory-payment-service', 'notification-chat-service']
const SHARDS = 4
const READY = { timeout: 120_000, interval: 50 }
const SLOW_MS = 180_000

const hasPostgres = ENGINES.some(({ name }) => name === 'postgresql')
const BROKER_URLS: Record<BrokerKind, string> = { rabbitmq: TEST_RABBIT_URL, kafka: TEST_KAFKA_URL }
const isThere = (kind: BrokerKind) => hasPostgres && BROKERS.some(({ name }) => name === kind)

type Ready = Addresses & { instances: InstanceState[] }

/** A database of the tests' server that is not there yet. */
function newDatabase(): { name: string; url: string } {
  const name = `test_${randomHex(4)}`
  const url = new URL(TEST_POSTGRES_URL)
  url.pathname = `/${name}`
  return { name, url: url.href }
}

async function removeDatabase(name: string): Promise<void> {
  await asAdministrator(`drop database if exists ${name} with (force)`)
  const roles = await asAdministrator(`select rolname from pg_roles where rolname like '${name}%'`)
  for (const { rolname } of roles) await asAdministrator(`drop role ${rolname}`)
}

function launch(args: readonly string[]) {
  const child = spawn(process.execPath, ['launcher/src/start-distributed.ts', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, output: () => output, ended }
}

for (const kind of ['rabbitmq', 'kafka'] as const) {
  describe.skipIf(!isThere(kind))(`every service as a process of its own, on PostgreSQL and ${kind}`, () => testShop(kind))
}

function testShop(kind: BrokerKind): void {
  const database = newDatabase()
  const namespace = `test-${database.name.replace('_', '-')}`
  const folder = mkdtempSync(join(tmpdir(), 'order-flow-'))
  const readyFile = join(folder, 'ready.json')
  let child: ChildProcess
  let ended: Promise<number | null>
  let shop: HttpClient
  let accessToken: string

  const readReady = () => JSON.parse(readFileSync(readyFile, 'utf8')) as Ready // the launcher wrote it
  const readLog = () => readFileSync(join(folder, 'data', 'logs', 'order-flow.log'), 'utf8')

  beforeAll(async () => {
    const config = join(folder, 'config')
    cpSync(join(ROOT, 'config-repo'), config, { recursive: true })
    const common = join(config, 'application.yml')
    writeFileSync(common, `${readFileSync(common, 'utf8')}\nmessaging:\n  namespace: ${namespace}\n`)
    const engines = ['--broker', kind, '--broker-url', BROKER_URLS[kind], '--database-url', database.url]
    const instances = ['--instances', 'order-service=2,inventory-payment-service=2,api-gateway=2']
    const places = ['--data', join(folder, 'data'), '--ready-file', readyFile, '--config', config, '--ephemeral', '--port', '0']
    const launched = launch([...engines, ...instances, ...places])
    child = launched.child
    ended = launched.ended
    await vi.waitUntil(() => existsSync(readyFile) || child.exitCode !== null, READY)
    expect(existsSync(readyFile), launched.output()).toBe(true)
    const accounts = JSON.parse(readFileSync(join(folder, 'data', 'demo-accounts.json'), 'utf8')) as Record<string, Account> // the launcher wrote it
    const { gateway } = readReady()
    const session = await createHttpClient({ baseUrl: gateway }).login(accounts.customer ?? { email: '', password: '' })
    accessToken = session.accessToken
    shop = createHttpClient({ baseUrl: gateway, accessToken })
  }, SLOW_MS)

  afterAll(async () => {
    child.kill('SIGKILL')
    await ended
    await removeDatabase(database.name)
    await removeNamespace(kind, BROKER_URLS[kind], { namespace, shards: SHARDS, groups: GROUPS })
    rmSync(folder, { recursive: true })
  }, SLOW_MS)

  /** As a customer does whose request broke off: tries again, with the same key. */
  async function buy(): Promise<void> {
    const key = randomHex(16)
    const wish = { lines: [{ sku: 'STA-001', quantity: 1 }], payment: { method: 'card', token: 'tok_visa' } } as const
    const { id } = await vi.waitFor(() => shop.placeOrder({ ...wish, lines: [...wish.lines] }, key), READY)
    await expect.poll(async () => (await shop.order(id)).status, { timeout: 20_000 }).toBe('confirmed')
  }

  test('an order is placed through the gateway and confirmed', async () => {
    await buy()
  })

  test(
    'an instance that is killed comes back at its address, and orders go on',
    async () => {
      const find = (state: Ready) => state.instances.find(({ service, index }) => service === 'order-service' && index === 2)
      const before = find(readReady())
      process.kill(before?.pid ?? 0, 'SIGKILL')
      await buy()
      await expect.poll(() => find(readReady())?.pid !== before?.pid && find(readReady())?.url, READY).toBe(before?.url)
      expect((await fetch(`${before?.url}/actuator/health/readiness`)).status).toBe(200)
      await buy()
    },
    SLOW_MS,
  )

  test('the ready file names every process', () => {
    const { instances, ...addresses } = readReady()
    expect(Object.keys(addresses).sort()).toEqual(['config', 'eureka', 'gateway', 'identity', 'inventory', 'notifications', 'orders'])
    expect(instances.map(({ service, index }) => `${service}#${index}`)).toEqual([
      'config-server#1',
      'eureka-server#1',
      'identity-service#1',
      'order-service#1',
      'order-service#2',
      'inventory-payment-service#1',
      'inventory-payment-service#2',
      'notification-chat-service#1',
      'api-gateway#1',
      'api-gateway#2',
    ])
    expect(new Set(instances.map(({ url }) => url)).size).toBe(10)
  })

  test('each process has its own role, which sees nothing of the others; passwords are for the owner of the folder alone', async () => {
    for (const file of ['database-passwords.json', 'distributed.json', 'demo-accounts.json', 'logs/order-flow.log']) {
      expect(statSync(join(folder, 'data', file)).mode & 0o077, file).toBe(0)
    }
    if (existsSync('/proc/self/environ')) {
      const environments = readReady().instances.map(({ service, pid }) => [service, readFileSync(`/proc/${pid}/environ`, 'utf8')] as const)
      for (const [service, environment] of environments) {
        const urls = environment.match(/postgres:\/\/[^:]+/g) ?? []
        const own = service.endsWith('-service') ? [`postgres://${database.name}_${service.replaceAll('-', '_')}`] : []
        // It checks the rules over the tables of all.
        const auditor = service === 'order-service' ? [`postgres://${database.name}_auditor`] : []
        expect(urls, service).toEqual([...own, ...auditor])
      }
    }
  })

  test(
    'Ctrl-C ends every process in order: sockets are told to come back, and the log holds no password',
    async () => {
      const { instances, gateway } = readReady()
      const socket = new WebSocket(new URL('/ws', gateway), LIVE_SUBPROTOCOL, { headers: { authorization: `Bearer ${accessToken}` } })
      const frames: string[] = []
      socket.on('message', (data) => frames.push(String(data)))
      await once(socket, 'open')
      const closed = once(socket, 'close')
      child.kill('SIGINT')
      expect((await closed)[0]).toBe(1001)
      expect(frames.join()).toContain('"type":"bye"')
      expect(await ended).toBe(0)
      for (const { pid } of instances) expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH')
      const log = readLog()
      for (const line of log.trimEnd().split('\n')) expect(line).toMatch(/^\[[a-z-]+#\d\] \{/)
      expect(log.match(/"msg":"stopped"/g)).toHaveLength(10)
      const secrets = Object.values(
        JSON.parse(readFileSync(join(folder, 'data', 'database-passwords.json'), 'utf8')) as Record<string, string>,
      ) // the launcher wrote it
      expect(secrets).toHaveLength(5)
      for (const secret of secrets) expect(log).not.toContain(secret)
    },
    SLOW_MS,
  )
}

describe('a start that cannot succeed says why and how to go on, in one sentence, and ends', () => {
  const folder = mkdtempSync(join(tmpdir(), 'order-flow-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  async function expectRefusal(args: readonly string[], words: RegExp): Promise<void> {
    const { output, ended } = launch(['--ephemeral', '--port', '0', '--data', join(folder, 'data'), ...args])
    expect(await ended).toBe(1)
    expect(output()).toMatch(words)
    expect(output()).not.toMatch(/^\s+at /m)
    expect(output().trim().split('\n')).toHaveLength(1)
  }

  test('an option that is none', () => expectRefusal(['--broker', 'rabbit'], /--broker \(or BROKER\) takes rabbitmq or kafka/))

  test('an address that is none', () => expectRefusal(['--database-url', 'my database'], /--database-url .* reads "postgres:/))

  test('a database that does not answer', () =>
    expectRefusal(['--database-url', 'postgres://a:b@127.0.0.1:1/c'], /does not answer.* Start it, or name another with --database-url/))

  describe.skipIf(!hasPostgres)('with PostgreSQL', () => {
    const database = newDatabase()
    const nobody = `nobody_${randomHex(4)}`
    const asNobody = () => {
      const url = new URL(database.url)
      url.username = nobody
      return url.href
    }
    beforeAll(() => asAdministrator(`create role ${nobody} login`))
    afterAll(async () => {
      await removeDatabase(database.name)
      await asAdministrator(`drop role ${nobody}`)
    })

    test('a role that may not make the database', () =>
      expectRefusal(
        ['--database-url', asNobody()],
        new RegExp(`no database "${database.name}" and the role "${nobody}" may not make it: run`),
      ))

    test('a message queue that does not answer', () =>
      expectRefusal(
        ['--database-url', database.url, '--broker-url', 'amqp://127.0.0.1:1'],
        /RabbitMQ does not answer at 127\.0\.0\.1:1: .*ECONNREFUSED.* Start it, or name another with --broker-url/,
      ))

    test('an address of the message queue that is none', () =>
      expectRefusal(['--database-url', database.url, '--broker-url', 'rabbit'], /--broker-url .* must look like amqp:/))

    test.skipIf(!isThere('rabbitmq'))(
      'a password that the message queue refuses',
      async () => {
        const url = new URL(TEST_RABBIT_URL)
        url.password = 'wrong'
        const args = ['--database-url', database.url, '--broker-url', url.href]
        const { output, ended } = launch(['--ephemeral', '--port', '0', '--data', join(folder, 'data'), ...args])
        expect(await ended).toBe(1)
        expect(output()).toMatch(/-service#1: RabbitMQ at .*\n$/)
        expect(output()).not.toContain('wrong@')
        expect(output()).not.toMatch(/^\s+at /m)
      },
      SLOW_MS,
    )
  })
})
