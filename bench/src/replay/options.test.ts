import { expect, test } from 'vitest'
import { checkWritable } from '../arguments.ts'
import { parseOptions } from './options.ts'

test('a file alone is replayed whole, as fast as possible, on the local system', () => {
  expect(parseOptions(['f.csv'])).toEqual({
    file: 'f.csv',
    limit: undefined,
    ordersPerSecond: undefined,
    gatewayUrl: 'http://127.0.0.1:8080',
    dataFolder: 'data',
    reportFile: undefined,
  })
})

test('every option is taken over', () => {
  const args = ['f.csv', '--limit', '5', '--speed', '200', '--gateway', 'http://shop:1/', '--data', 'd', '--report', 'r.json']
  expect(parseOptions(args)).toMatchObject({
    limit: 5,
    ordersPerSecond: 200,
    gatewayUrl: 'http://shop:1',
    dataFolder: 'd',
    reportFile: 'r.json',
  })
})

test.each([
  [[], 'Which file is to be replayed?'],
  [['a', 'b'], 'not also b'],
  [['a', '--limit', '0'], '--limit takes a whole number above 0, not "0"'],
  [['a', '--speed', 'fast'], '--speed takes a number above 0, not "fast"'],
  [['a', '--gateway', 'shop'], '--gateway takes an address'],
  [['a', '--nope'], "Unknown option '--nope'"],
  [['a', '--limit'], '--limit'],
])('%j is wrong use', (args, message) => {
  expect(() => parseOptions(args)).toThrow(expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) }))
})

test('a report that cannot be written is refused before anything happens', async () => {
  await expect(checkWritable('/nowhere/r.json')).rejects.toMatchObject({ exitCode: 2 })
})
