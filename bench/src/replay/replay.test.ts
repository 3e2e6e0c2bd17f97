import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createFakeShop, type FakeGatewayOptions, type FakeShop, startFakeGateway } from '../../test/fake-gateway.ts'
import { aFile, aRow, csvOf } from '../../test/invoice-csv.ts'
import { Failure } from '../command.ts'
import { readInvoiceFile } from './invoice-file.ts'
import { makePlan } from './plan.ts'
import { replay } from './replay.ts'

const silent = { phase: () => ({ update: () => {}, end: () => {} }) }

// 40 sales of 1 to 3 units at 2.55; two of them undone, one partly, and a cancellation without an original.
const ROWS = [
  ...Array.from({ length: 40 }, (_row, index) =>
    aRow({ invoice: `${500 + index}`, quantity: `${(index % 3) + 1}`, customer: `${1000 + index}`, at: `2010-12-01T09:${10 + index}:00` }),
  ),
  aRow({ invoice: '539', code: 'POST', price: '18', customer: '1039', at: '2010-12-01T09:49:00' }),
  aRow({ invoice: 'C600', quantity: '-2', customer: '1001', at: '2010-12-02T10:00:00' }),
  aRow({ invoice: 'C601', quantity: '-1', customer: '1002', at: '2010-12-02T10:01:00' }),
  aRow({ invoice: 'C602', quantity: '-9', customer: '1003', at: '2010-12-02T10:02:00' }),
]
const UNITS = 79
const FILE_MINOR = UNITS * 255 + 1800

const cleanUp: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of cleanUp.splice(0)) await stop()
})

async function aGateway(options: FakeGatewayOptions) {
  const gateway = await startFakeGateway(options)
  cleanUp.push(() => gateway.stop().catch(() => {}))
  return gateway
}

async function replayInto(url: string, { limit, signal = new AbortController().signal }: { limit?: number; signal?: AbortSignal } = {}) {
  const dataFolder = mkdtempSync(join(tmpdir(), 'order-flow-data-'))
  writeFileSync(join(dataFolder, 'demo-accounts.json'), JSON.stringify({ operator: { email: 'operator@shop', password: 'secret' } }))
  const plan = makePlan(await readInvoiceFile(aFile(csvOf(...ROWS))), limit)
  const options = { file: 'f', limit, ordersPerSecond: undefined, gatewayUrl: url, dataFolder, reportFile: undefined }
  return replay({ options, progress: silent, signal }, plan)
}

function expectEverythingOnce(shop: FakeShop) {
  expect(shop.orders.size).toBe(40)
  expect(shop.products.size).toBe(2)
  expect(shop.stock.get('85123A')).toBe(0)
  expect([...shop.orders.values()].filter(({ status }) => status === 'cancelled')).toHaveLength(1)
  expect([...shop.orders.values()].flatMap(({ returned }) => Object.values(returned))).toEqual([1])
}

const WHOLE = {
  salesRead: 40,
  ordersPlaced: 40,
  confirmed: 40,
  rejected: {},
  cancellationsRead: 3,
  cancellationsApplied: 2,
  cancellationsNotApplied: 1,
  fileMinor: FILE_MINOR,
  confirmedMinor: FILE_MINOR,
  rejectedMinor: 0,
  skippedMinor: 0,
}

test('a file is replayed whole: products, stock, sales, cancellations and returns', async () => {
  const shop = createFakeShop()
  const { url } = await aGateway({ shop })
  const { report, differences } = await replayInto(url)
  expect(differences).toEqual([])
  expect(report).toMatchObject({ ...WHOLE, latencyMs: { count: 40 } })
  expect(shop.orders.get('order-1')?.customerId).toBe('id:online-retail:1000')
  expectEverythingOnce(shop)
})

test('run again it doubles nothing and reports the same, also of orders cancelled meanwhile', async () => {
  const shop = createFakeShop()
  const { url } = await aGateway({ shop })
  await replayInto(url)
  const { report, differences } = await replayInto(url)
  expect(differences).toEqual([])
  expect(report).toMatchObject(WHOLE)
  expectEverythingOnce(shop)
})

test('a limited replay is continued by a longer one', async () => {
  const shop = createFakeShop()
  const { url } = await aGateway({ shop })
  expect((await replayInto(url, { limit: 7 })).report).toMatchObject({ salesRead: 7, confirmed: 7, cancellationsRead: 0 })
  expect((await replayInto(url)).report).toMatchObject(WHOLE)
  expectEverythingOnce(shop)
})

test('interrupted, it says how to go on, and going on completes it', async () => {
  const shop = createFakeShop()
  const interruption = new AbortController()
  const { url } = await aGateway({
    shop,
    onOrder(count) {
      if (count === 20) setImmediate(() => interruption.abort(new Failure(130, 'Interrupted.')))
      return undefined
    },
    isSilent: (order) => Number(order.number) > 15,
  })
  const interrupted = replayInto(url, { signal: interruption.signal })
  await expect(interrupted).rejects.toMatchObject({
    exitCode: 130,
    message: expect.stringMatching(
      /^Interrupted\. \d+ of 40 sales are done\. Run the same command again: it continues and repeats nothing\.$/,
    ),
  })
  expect((await replayInto(url)).report).toMatchObject(WHOLE)
  expectEverythingOnce(shop)
})

test('a gateway that dies in the middle and comes back costs no order and doubles none', async () => {
  const shop = createFakeShop()
  let lives = 1
  const first = await aGateway({
    shop,
    onOrder(count) {
      if (count < 20 || lives === 0) return undefined
      lives -= 1
      setTimeout(() => void aGateway({ shop, port: first.port }), 300)
      return 'die'
    },
  })
  const { report, differences } = await replayInto(first.url)
  expect(differences).toEqual([])
  expect(report).toMatchObject(WHOLE)
  expectEverythingOnce(shop)
})

test('a busy gateway is asked again, and an outcome that no notification told is looked up', async () => {
  const shop = createFakeShop()
  let calls = 0
  const { url } = await aGateway({
    shop,
    onOrder: () => (++calls % 3 === 0 ? 'busy' : undefined),
    isSilent: (order) => order.number === '5',
  })
  const { report, differences } = await replayInto(url)
  expect(differences).toEqual([])
  expect(report).toMatchObject({ ...WHOLE, latencyMs: { count: 39 } })
})

test('without a gateway the first call says what to do', async () => {
  await expect(replayInto('http://127.0.0.1:9')).rejects.toThrow(/http:\/\/127\.0\.0\.1:9 .* Start the system with `npm start`/)
})
