import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'

test('without options everything runs once, two of each service, with a seed of its own', () => {
  const options = parseOptions([])
  expect(options).toMatchObject({ mode: { kind: 'all' }, broker: 'rabbitmq', only: [], ordersPerSecond: 25 })
  expect(options.instances).toMatchObject({ 'order-service': 2, 'api-gateway': 2 })
  expect(parseOptions([]).seed).not.toBe(options.seed)
})

test('options are read', () => {
  const args = ['--minutes', '20', '--seed', '42', '--broker', 'kafka', '--only', 'storm,poison', '--instances', 'order-service=3']
  expect(parseOptions(args)).toMatchObject({
    mode: { kind: 'minutes', minutes: 20 },
    seed: 42,
    broker: 'kafka',
    only: ['storm', 'poison'],
    instances: { 'order-service': 3, 'identity-service': 2 },
  })
})

test.each([
  [['--seed', 'x'], '--seed takes a whole number from 0, not "x".'],
  [['--broker', 'nats'], '--broker takes rabbitmq or kafka, not "nats".'],
  [['--short', '--minutes', '3'], '--short and --minutes exclude each other.'],
  [['--instances', 'eureka-server=2'], 'not "eureka-server"'],
])('%j is refused with a sentence', (args, sentence) => {
  expect(() => parseOptions(args)).toThrow(sentence)
})
