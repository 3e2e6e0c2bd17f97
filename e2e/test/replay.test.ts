import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { brokenRules } from '../src/broken-rules.ts'
import { signIn } from '../src/person.ts'
import { newDataDir, removeDataDir, runProgram, type System, startSystem } from '../src/system.ts'

const SALES = 400
const REPLAY = 'bench/src/replay/main.ts'
const TIMEOUT_MS = 100_000
let system: System
let dataDir: string
let file: string

beforeAll(async () => {
  dataDir = newDataDir()
  file = join(dataDir, 'invoices.csv')
  writeFileSync(file, anInvoiceFile())
  system = await startSystem(dataDir)
})
afterAll(async () => {
  await system.stop()
  removeDataDir(dataDir)
})

/** Sales of three lines each, in time order; every tenth is cancelled whole later, every tenth after it in part. */
function anInvoiceFile(): string {
  const rows = ['invoice_no,stock_code,description,quantity,invoice_date,unit_price,customer_id,country']
  const minute = (index: number) =>
    `2010-12-01T${String(8 + Math.floor(index / 60)).padStart(2, '0')}:${String(index % 60).padStart(2, '0')}:00`
  for (let sale = 0; sale < SALES; sale += 1) {
    const head = (code: string, quantity: number, price: number) =>
      rows.push(
        `${536000 + sale},${code},"LANTERN, No ${code}",${quantity},${minute(Math.floor(sale / 4))},${price},${12000 + (sale % 40)},United Kingdom`,
      )
    head(`2${String(sale % 50).padStart(4, '0')}A`, 1 + (sale % 7), 2.55)
    head('85123a', 2, 0.85)
    head('POST', 1, 18)
  }
  const cancel = (sale: number, code: string, quantity: number, price: number) =>
    rows.push(
      `C${540000 + sale},${code},LANTERN,${-quantity},${minute(120 + Math.floor(sale / 4))},${price},${12000 + (sale % 40)},United Kingdom`,
    )
  for (let sale = 0; sale < SALES; sale += 10) {
    cancel(sale, `2${String(sale % 50).padStart(4, '0')}A`, 1 + (sale % 7), 2.55)
    cancel(sale, '85123A', 2, 0.85)
    cancel(sale, 'POST', 1, 18)
    if (sale % 20 === 0) cancel(sale + 1, '85123A', 1, 0.85)
  }
  return `${rows.join('\n')}\n`
}

function replay(report: string, ...args: string[]) {
  return runProgram(REPLAY, [file, '--gateway', system.gateway, '--data', dataDir, '--report', join(dataDir, report), ...args], TIMEOUT_MS)
}

const reportOf = (name: string) => JSON.parse(readFileSync(join(dataDir, name), 'utf8'))

test('kill -9 in the middle of a replay loses no order and doubles none; replayed again, stock and money reconcile', async () => {
  const customer = await signIn(system, 'operator')
  const running = replay('first.json', '--speed', '100')
  await expect
    .poll(async () => (await customer.shop.orders({ limit: 100 })).orders.length, { timeout: 60_000, interval: 50 })
    .toBeGreaterThan(80)
  const port = new URL(system.gateway).port
  await system.kill()
  expect(await brokenRules({ dataDir }, { atRest: false })).toEqual([])
  system = await startSystem(dataDir, ['--port', port])
  const first = await running
  expect(first.exitCode, first.output).toBe(0)

  const second = await replay('second.json', '--speed', 'max')
  expect(second.exitCode, second.output).toBe(0)
  const lines = reportOf('second.json')
  expect(lines).toMatchObject({ salesRead: SALES, ordersPlaced: SALES, confirmed: SALES, rejected: {}, cancellationsRead: 60 })
  expect(lines.fileMinor).toBe(lines.confirmedMinor + lines.rejectedMinor + lines.skippedMinor)
  expect(reportOf('first.json')).toMatchObject({ confirmed: SALES, fileMinor: lines.fileMinor, confirmedMinor: lines.confirmedMinor })

  const operator = await signIn(system, 'operator')
  const ids = new Set<string>()
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: Awaited<ReturnType<typeof operator.shop.orders>> = await operator.shop.orders({
      limit: 100,
      ...(cursor !== undefined && { cursor }),
    })
    for (const { id } of page.orders) ids.add(id)
    cursor = page.nextCursor
  }
  expect(ids.size).toBe(SALES)
  await expect.poll(() => brokenRules({ dataDir }, { atRest: true }), { timeout: 20_000 }).toEqual([])
}, 200_000)

test('a file that is no such CSV gets one sentence and changes nothing', async () => {
  const operator = await signIn(system, 'operator')
  const before = (await operator.shop.products({ limit: 1 })).total
  const bad = join(dataDir, 'bad.csv')
  writeFileSync(bad, 'a,b,c\n1,2,3\n')
  const { exitCode, output } = await runProgram(REPLAY, [bad, '--gateway', system.gateway, '--data', dataDir], TIMEOUT_MS)
  expect(exitCode).toBe(2)
  expect(output.trim().split('\n')).toHaveLength(1)
  expect((await operator.shop.products({ limit: 1 })).total).toBe(before)
})
