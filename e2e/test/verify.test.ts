import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { InvariantReport } from '@order-flow/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signIn } from '../src/person.ts'
import { newDataDir, removeDataDir, runProgram, type System, startSystem } from '../src/system.ts'

const VERIFY = 'launcher/src/verify.ts'
const TIMEOUT_MS = 60_000
let system: System
let dataDir: string

beforeAll(async () => {
  dataDir = newDataDir()
  system = await startSystem(dataDir)
})
afterAll(async () => {
  await system.stop()
  removeDataDir(dataDir)
})

const verify = (...args: string[]) => runProgram(VERIFY, args, TIMEOUT_MS)

async function ask(role: string): Promise<Response> {
  const { accessToken } = await signIn(system, role)
  return fetch(`${system.gateway}/api/ops/invariants?at-rest=true`, { headers: { authorization: `Bearer ${accessToken}` } })
}

test('the rules are checked on a running shop, by its files and through its door', async () => {
  const customer = await signIn(system, 'customer')
  const { id } = await customer.order('STA-001')
  await expect.poll(async () => (await customer.shop.order(id)).status).toBe('confirmed')
  await expect
    .poll(async () => (await verify('--data', dataDir)).output, { timeout: TIMEOUT_MS })
    .toMatch(/All \d+ rules hold for 1 orders\./)

  const asked = await verify('--data', dataDir, '--gateway', system.gateway, '--running', '--json')
  expect(asked.exitCode, asked.output).toBe(0)
  expect(JSON.parse(asked.output)).toMatchObject({ holds: true, atRest: false, orders: 1 } satisfies Partial<InvariantReport>)
})

test('an operator may ask for the rules, a customer may not', async () => {
  expect((await ask('operator')).status).toBe(200)
  expect((await ask('admin')).status).toBe(200)
  expect((await ask('customer')).status).toBe(403)
  expect((await fetch(`${system.gateway}/api/ops/invariants`)).status).toBe(401)
})

test('a broken rule ends with 1 and names what breaks it', async () => {
  await system.stop()
  const path = join(dataDir, 'order-service', 'order-service.db')
  const db = new DatabaseSync(path)
  const [order] = db.prepare('select id from orders').all()
  db.exec("update orders set payment_id = 'another'")
  db.close()
  const { exitCode, output } = await verify('--data', dataDir)
  expect(exitCode).toBe(1)
  expect(output).toMatch(/^I5 {3}BROKEN {2}no confirmed order without its own payment$/m)
  expect(output).toContain(`"id":"${order?.id}"`)
  expect(output).toMatch(/^\d+ of \d+ rules hold for 1 orders\.$/m)
})

test('a secret in a log is found, and not shown', async () => {
  const log = join(dataDir, 'logs', 'order-flow.log')
  expect(existsSync(log)).toBe(true)
  writeFileSync(log, '{"msg":"paid"}\n{"msg":"paid with 4242 4242 4242 4242"}\n')
  const { output } = await verify('--data', dataDir)
  expect(output).toContain('{"place":"order-flow.log","line":2,"what":"a card number"}')
  expect(output).not.toContain('4242')
})

test('what cannot be checked ends with 2 and one sentence', async () => {
  for (const [args, words] of [
    [['--data', '/nowhere'], /\/nowhere is not the data folder of an Order Flow that has run/],
    [['--database-url', 'postgres://auditor:secret@127.0.0.1:1/shop'], /The database "shop" on 127\.0\.0\.1:1 cannot be checked: /],
    [['--database-url', 'nonsense'], /it reads "postgres:/],
    [['--gatewy', 'x'], /Unknown option '--gatewy'\. .*--help/],
    [['--gateway', 'http://127.0.0.1:1', '--data', dataDir], /127\.0\.0\.1:1/],
  ] as const) {
    const { exitCode, output } = await verify(...args)
    expect(exitCode, output).toBe(2)
    expect(output).toMatch(words)
    expect(output).not.toMatch(/secret|^\s+at /m)
    expect(output.trim().split('\n').length).toBeLessThanOrEqual(2)
  }
})
