import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scanLogs } from './log-scan.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'order-flow-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function scan(...lines: string[]) {
  writeFileSync(join(folder, 'order-flow.log'), `${lines.join('\n')}\n`)
  return scanLogs(folder, 100)
}

test.each([
  ['a payment token', '{"msg":"paid","token":"tok_visa"}'],
  ['an access token', 'authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjMSJ9abc.c2ln'],
  ['an address with a password', 'connect ECONNREFUSED amqp://guest:guest@127.0.0.1:5672/shop'],
  ['a card number', '{"detail":"my card is 4242424242424242, please"}'],
  ['a card number', 'card 3782 822463 10005 no, 5555-5555-5555-4444 yes'],
])('%s is found', async (what, line) => {
  expect(await scan('{"msg":"before"}', line)).toEqual([{ place: 'order-flow.log', line: 2, what }])
})

test.each([
  '{"orderId":"01a210ba-797c-73d5-955e-5b2d59326117","traceId":"8a900a64bc29bdbf30df11a79e0b3f37"}',
  '{"traceparent":"00-4242424242424242424242424242aaaa-4242424242424242-01"}',
  '{"time":"2026-11-25T03:24:15.553Z","epochMs":1795577055553,"order":"4242424242424243","ratio":0.4242424242424242}',
  'connect ECONNREFUSED amqp://guest:***@127.0.0.1:5672/shop, http://127.0.0.1:8080/api',
])('nothing is found in %s', async (line) => {
  expect(await scan(line)).toEqual([])
})

test('the older file is read too, a folder that is not there holds nothing, and more than the limit is not looked for', async () => {
  writeFileSync(join(folder, 'order-flow.log.1'), 'tok_visa\ntok_visa\ntok_visa')
  expect(await scan('{}')).toHaveLength(3)
  expect(await scanLogs(folder, 2)).toHaveLength(2)
  expect(await scanLogs(join(folder, 'none'), 2)).toEqual([])
})
