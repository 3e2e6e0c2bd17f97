import { randomUUID } from 'node:crypto'
import { cpSync, existsSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Order } from '@order-flow/contracts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { brokenRules } from '../src/broken-rules.ts'
import { signIn } from '../src/person.ts'
import { newDataDir, removeDataDir, runLauncher, startSystem } from '../src/system.ts'

const ROOT = join(import.meta.dirname, '..', '..')
let dataDir: string

beforeEach(() => {
  dataDir = newDataDir()
})
afterEach(() => removeDataDir(dataDir))

const CARD = { method: 'card', token: 'tok_visa' } as const

test('what was accepted survives kill -9 and is finished by the next start; the same keys make no second order', async () => {
  const first = await startSystem(dataDir)
  const customer = await signIn(first, 'customer')
  const accepted = new Map<string, string>()
  const keys = Array.from({ length: 400 }, () => randomUUID())
  const placeAll = (shop: typeof customer.shop) =>
    Promise.all(
      keys.map(async (key, index) => {
        const sku = index % 3 === 0 ? 'TBL-004' : 'STA-001'
        const order = await shop.placeOrder({ lines: [{ sku, quantity: 1 }], payment: CARD }, key).catch((error: unknown) => error)
        if (isOrder(order)) accepted.set(key, order.id)
      }),
    )
  const placing = placeAll(customer.shop)
  await expect.poll(() => accepted.size, { timeout: 10_000, interval: 1 }).toBeGreaterThan(20)
  await first.kill()
  await placing
  const before = new Map(accepted)
  expect(await brokenRules({ dataDir }, { atRest: false })).toEqual([])

  const second = await startSystem(dataDir)
  const again = await signIn(second, 'customer')
  await placeAll(again.shop)
  expect(accepted.size).toBe(keys.length)
  for (const [key, orderId] of before) expect(accepted.get(key)).toBe(orderId)
  expect(new Set(accepted.values()).size).toBe(keys.length)
  await expect.poll(() => brokenRules({ dataDir }, { atRest: true }), { timeout: 20_000 }).toEqual([])
  // 12 celadon bowls and 250 notebooks were there.
  const statuses = await Promise.all([...accepted.values()].map(async (orderId) => (await again.shop.order(orderId)).status))
  expect(statuses.filter((status) => status === 'confirmed')).toHaveLength(12 + 250)
  expect(statuses.filter((status) => status === 'rejected')).toHaveLength(400 - 12 - 250)
  await second.stop()
}, 120_000)

function isOrder(value: unknown): value is Order {
  return typeof value === 'object' && value !== null && 'number' in value
}

test('Ctrl-C under load with sockets open ends within 3 s with nothing lost, and the next start has the same accounts', async () => {
  const first = await startSystem(dataDir)
  const customer = await signIn(first, 'customer')
  const socket = await customer.listen('user:me')
  const accepted: string[] = []
  const placing = Promise.all(
    Array.from({ length: 200 }, () =>
      customer.order('STA-001').then(
        ({ id }) => accepted.push(id),
        () => undefined,
      ),
    ),
  )
  await expect.poll(() => accepted.length, { interval: 1 }).toBeGreaterThan(0)
  const { exitCode, durationMs } = await first.stop()
  expect(exitCode, first.output()).toBe(0)
  expect(durationMs).toBeLessThan(3000)
  await placing
  expect(socket.frames.some(({ type }) => type === 'bye')).toBe(true)

  const second = await startSystem(dataDir)
  expect(second.accounts).toEqual(first.accounts)
  const again = await signIn(second, 'customer')
  for (const orderId of accepted) expect((await again.shop.order(orderId)).id).toBe(orderId)
  await expect.poll(() => brokenRules({ dataDir }, { atRest: true }), { timeout: 20_000 }).toEqual([])
  await second.stop()
}, 60_000)

test('everything listens on the loopback only, and what it writes is for its user alone', async () => {
  const system = await startSystem(dataDir)
  const { execFileSync } = await import('node:child_process')
  const ports = Object.values(system.addresses).map((url) => new URL(url).port)
  if (existsSync('/usr/bin/ss') || existsSync('/bin/ss')) {
    const listening = execFileSync('ss', ['-Hltn'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => ports.some((port) => line.includes(`:${port} `)))
    expect(listening.length).toBe(ports.length)
    for (const line of listening) expect(line).toMatch(/127\.0\.0\.1:/)
  }
  for (const url of Object.values(system.addresses)) expect(new URL(url).hostname).toBe('127.0.0.1')
  for (const file of ['demo-accounts.json', 'order-service/order-service.db', 'identity-service/identity-service.db']) {
    expect(statSync(join(dataDir, file)).mode & 0o077, file).toBe(0)
  }
  await system.stop()
})

describe('a start that cannot succeed says why and how to go on, in one sentence, and ends', () => {
  const expectRefusal = async (args: readonly string[], words: RegExp) => {
    const { exitCode, output } = await runLauncher(args)
    expect(exitCode).toBe(1)
    expect(output).toMatch(words)
    expect(output).not.toMatch(/^\s+at /m)
    expect(output.trim().split('\n').length).toBeLessThanOrEqual(4)
  }

  test('an unknown option', () => expectRefusal(['--prot', '80'], /Unknown option '--prot'.*--help/s))
  test('a port that is none', () => expectRefusal(['--port', 'eighty'], /--port takes a number from 0 to 65535, not "eighty"/))
  test('a folder that cannot be written', () => expectRefusal(['--data', '/dev/null/data'], /cannot be written.*--data DIR/s))

  test('a port in use', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => blocker.once('listening', resolve))
    const address = blocker.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await expectRefusal(['--ephemeral', '--data', dataDir, '--port', String(port)], new RegExp(`Port ${port} .* is in use.*--port N`, 's'))
    blocker.close()
  })

  test('a data folder that another one uses', async () => {
    const system = await startSystem(dataDir)
    await expectRefusal(['--ephemeral', '--port', '0', '--data', dataDir], /is in use by another running Order Flow.*--data DIR/s)
    await system.stop()
  })

  test('a bad configuration value', async () => {
    const config = join(dataDir, 'config')
    cpSync(join(ROOT, 'config-repo'), config, { recursive: true })
    writeFileSync(join(config, 'order-service.yml'), 'server:\n  port: 8081\norders:\n  max-batch: many\n')
    await expectRefusal(
      ['--ephemeral', '--port', '0', '--data', dataDir, '--config', config],
      /orders\.maxBatch must be integer, found "many" from .*order-service\.yml/,
    )
  })
})
