import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'

test('without options the highest rate is searched on a system of its own', () => {
  expect(parseOptions(['orders'])).toEqual({
    ordersPerSecond: undefined,
    seconds: 20,
    customers: 20,
    sockets: 20,
    jsonFile: 'bench-orders.json',
    gatewayUrl: undefined,
    dataFolder: 'data',
  })
})

test('every option is taken over', () => {
  const args = [
    'orders',
    '--rate',
    '1500',
    '--seconds',
    '5',
    '--customers',
    '3',
    '--sockets',
    '9',
    '--json',
    'r.json',
    '--gateway',
    'http://shop:1/x',
  ]
  expect(parseOptions(args)).toMatchObject({
    ordersPerSecond: 1500,
    seconds: 5,
    customers: 3,
    sockets: 9,
    jsonFile: 'r.json',
    gatewayUrl: 'http://shop:1',
  })
})

test.each([
  [[], 'There is one benchmark, "orders"'],
  [['orders', '--rate', '-1'], '--rate'],
  [['orders', '--seconds', '0.5'], '--seconds takes a whole number'],
  [['orders', '--customers', '5', '--sockets', '4'], '--sockets takes at least the number of customers (5)'],
])('%j is wrong use', (args, message) => {
  expect(() => parseOptions(args)).toThrow(expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) }))
})
