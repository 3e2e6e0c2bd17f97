import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'

test('without options the highest rate is searched on a system of its own', () => {
  expect(parseOptions(['orders'])).toEqual({
    mode: 'embedded',
    databaseUrl: undefined,
    brokerUrl: undefined,
    instances: {},
    ordersPerSecond: undefined,
    seconds: 20,
    scenarios: ['spread', 'hot'],
    overload: undefined,
    customers: 20,
    sockets: 20,
    profile: false,
    jsonFile: undefined,
    gatewayUrl: undefined,
    dataFolder: 'data',
  })
})

test('every option is taken over', () => {
  const load =
    '--rate 1500 --seconds 5 --scenario hot --overload 2 --customers 3 --sockets 9 --json r.json --gateway http://shop:1/x --data d'
  const system = '--mode kafka --database-url postgres://db/x --broker-url kafka:1 --instances order-service=2,api-gateway=3'
  expect(parseOptions(['orders', ...load.split(' '), ...system.split(' ')])).toEqual({
    mode: 'kafka',
    databaseUrl: 'postgres://db/x',
    brokerUrl: 'kafka:1',
    instances: { 'order-service': 2, 'api-gateway': 3 },
    ordersPerSecond: 1500,
    seconds: 5,
    scenarios: ['hot'],
    overload: 2,
    customers: 3,
    sockets: 9,
    profile: false,
    jsonFile: 'r.json',
    gatewayUrl: 'http://shop:1',
    dataFolder: 'd',
  })
})

test.each([
  [[], 'The benchmarks are "orders" and "eureka"'],
  [['orders', '--mode', 'nats'], '--mode takes one of embedded, rabbitmq, kafka, not "nats"'],
  [['orders', '--scenario', 'cold'], '--scenario takes one of spread, hot'],
  [['orders', '--instances', 'order-service'], '--instances takes a list like order-service=2'],
  [['orders', '--rate', '-1'], '--rate'],
  [['orders', '--overload', 'much'], '--overload takes a number above 0'],
  [['orders', '--seconds', '0.5'], '--seconds takes a whole number'],
  [['orders', '--customers', '5', '--sockets', '4'], '--sockets takes at least the number of customers (5)'],
  [['orders', '--profile', '--gateway', 'http://shop:1'], '--profile needs a system of its own'],
  [['orders', '--instances', 'order-service=2'], '--instances is for the modes rabbitmq and kafka'],
])('%j is wrong use', (args, message) => {
  expect(() => parseOptions(args)).toThrow(expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) }))
})
