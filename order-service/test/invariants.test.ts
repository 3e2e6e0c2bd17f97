import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InvariantReport, Problem } from '@order-flow/contracts'
import { LEGAL_STEPS } from '@order-flow/invariants'
import { createEvent, createInProcessBroker, MESSAGING_MIGRATIONS, toMessage } from '@order-flow/messaging'
import { checkConfig, migrate, migrateScripts, openSqlite, silentLogger } from '@order-flow/service-kit'
import { createTestService, ENGINES } from '@order-flow/service-kit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Config, createApp, name } from '../src/app.ts'
import { change, type Happening, type Order } from '../src/order.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const OPERATOR = 'op:operator'
let dataDir: string
let release: (() => Promise<void>)[]

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'order-flow-'))
  release = []
})
afterEach(async () => {
  for (const each of release.reverse()) await each()
  rmSync(dataDir, { recursive: true, force: true })
})

/** The empty database of a service that is not running. */
async function makeNeighbour(service: string): Promise<void> {
  const db = openSqlite(join(dataDir, service, `${service}.db`))
  await migrate(db, join(ROOT, service, 'migrations'))
  await migrateScripts(db, MESSAGING_MIGRATIONS)
  await db.close()
}

/** order-service with a copy of a catalogue that there is not, which breaks one rule. */
async function start(settings: object, database?: object) {
  const broker = createInProcessBroker({ groups: [name], logger: silentLogger })
  const config = checkConfig(Config, { invariants: settings }, () => 'the test')
  const service = createTestService(name, { ...config, ...(database && { database }) }, { dataDir: join(dataDir, name) })
  const app = await createApp(service, { broker })
  const url = await app.start()
  release.push(async () => {
    await broker.close()
    await app.stop()
  })
  const data = { sku: 'A', name: 'Apple', unitPrice: 150, currency: 'EUR', version: 1 }
  await broker.publish([toMessage(createEvent('test', { type: 'io.orderflow.product.changed.v1', subject: 'A', data, at: new Date() }))])
  return {
    async ask(as: string, query = '') {
      const response = await fetch(`${url}/operations/invariants${query}`, { headers: { authorization: `Bearer ${as}` } })
      return { status: response.status, body: (await response.json()) as InvariantReport & Problem } // one or the other
    },
    numbers: async () => (await fetch(`${url}/actuator/prometheus`)).text(),
  }
}

describe('the rules over all services’ data', () => {
  beforeEach(async () => {
    for (const service of ['inventory-payment-service', 'notification-chat-service']) await makeNeighbour(service)
  })

  test('an operator sees which hold and what breaks one', async () => {
    const { ask } = await start({})
    const { status, body } = await ask(OPERATOR, '?at-rest=true')
    expect(status).toBe(200)
    expect(body).toMatchObject({ atRest: true, orders: 0, holds: false })
    const broken = body.rules.filter(({ holds }) => !holds)
    expect(broken).toEqual([
      { id: 'I8', rule: expect.stringContaining('catalogue'), holds: false, found: 1, offenders: [{ sku: 'A', copy: 1, catalogue: null }] },
    ])
    expect(body.notChecked).toContainEqual({ id: 'I16', why: 'there are no coupons' })
    expect((await ask('a:admin')).body.atRest).toBe(false)
  })

  test('nobody else does', async () => {
    const { ask } = await start({})
    expect(await ask('c1:customer')).toMatchObject({ status: 403, body: { type: '/problems/forbidden' } })
    expect((await ask('a:agent')).status).toBe(403)
    expect((await ask('nobody')).status).toBe(401)
  })

  test('are checked again and again, as numbers', async () => {
    const { numbers } = await start({ everySeconds: 1 })
    await expect.poll(numbers, { timeout: 15_000 }).toMatch(/^invariant_offenders\{id="I8",rule="order-service’s copy .*\} 1$/m)
    const text = await numbers()
    expect(text).toMatch(/^invariant_offenders\{id="I7",.*\} 0$/m)
    expect(Number(/^invariants_checked_timestamp_seconds\{.*\} (.*)$/m.exec(text)?.[1])).toBeGreaterThan(Date.now() / 1000 - 30)
  })
})

test('without the databases of the others there is a sentence', async () => {
  const { ask } = await start({})
  expect(await ask(OPERATOR)).toMatchObject({
    status: 503,
    body: { detail: expect.stringContaining('inventory-payment-service.db does not exist') },
  })
})

const shared = ENGINES.find((engine) => engine.shared)

test.skipIf(!shared)('on a shared database without an auditor’s address there is a sentence how to set it', async () => {
  const opened = await shared?.open()
  release.push(async () => opened?.remove())
  const { ask } = await start({}, opened?.config)
  expect(await ask(OPERATOR)).toMatchObject({ status: 503, body: { detail: expect.stringContaining('AUDIT_DATABASE_URL') } })
})

test('the legal steps of I7 are those that an order takes', () => {
  const at = '2026-01-01T00:00:00.000Z'
  const facts = {
    ...{ id: 'o1', number: 'N', customerId: 'c1', version: 1, currency: 'EUR', totals: { items: 100, total: 100 }, lineCount: 1 },
    ...{ returned: {}, refunded: 0, attention: null, placedAt: at, updatedAt: at },
  }
  const orders: Order[] = [
    { ...facts, status: 'placed' },
    { ...facts, status: 'confirmed', paymentId: 'p1' },
    { ...facts, status: 'rejected', reason: 'out_of_stock', detail: '' },
    { ...facts, status: 'cancelling' },
    { ...facts, status: 'cancelled' },
  ]
  const happenings: Happening[] = [
    { type: 'stock.rejected', short: [] },
    { type: 'payment.captured', paymentId: 'p1' },
    { type: 'payment.declined', code: 'declined' },
    { type: 'checkout.reversed', refunded: 0 },
    { type: 'payment.refunded', returnId: 'r1', amount: 1 },
    { type: 'cancel', by: 'c1', reason: null },
    { type: 'return', returnId: 'r1', lines: [], reason: '' },
    { type: 'deadline.passed' },
  ]
  const steps = orders.flatMap((order) =>
    happenings.flatMap((happening) => {
      const outcome = change(order, happening, { at })
      if (outcome.kind !== 'changed') return []
      return [`${order.status} ${outcome.event.type.replace(/^io\.orderflow\.|\.v1$/g, '')} ${outcome.order.status}`]
    }),
  )
  expect([...new Set(steps)].sort()).toEqual([...LEGAL_STEPS].sort())
})
