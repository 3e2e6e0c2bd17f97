import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseOptions } from './options.ts'

const parse = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => parseOptions(args, env, '/shop')

test('with nothing said: RabbitMQ and PostgreSQL of this machine, one process of each', () => {
  expect(parse([])).toEqual({
    port: undefined,
    dataDir: '/shop/data',
    ephemeral: false,
    readyFile: undefined,
    demo: true,
    configRepo: undefined,
    help: false,
    broker: 'rabbitmq',
    brokerUrl: 'amqp://guest:guest@127.0.0.1:5672',
    databaseUrl: 'postgres://postgres@127.0.0.1:5432/order_flow',
    instances: {},
  })
})

test('options win over the environment', () => {
  const env = { DATABASE_URL: 'postgres://a@db/shop', BROKER: 'kafka', BROKER_URL: 'k1:9092' }
  expect(parse([], env)).toMatchObject({ databaseUrl: 'postgres://a@db/shop', broker: 'kafka', brokerUrl: 'k1:9092' })
  expect(parse(['--broker', 'rabbitmq', '--broker-url', 'amqp://r', '--database-url', 'postgres://b@db/x'], env)).toMatchObject({
    databaseUrl: 'postgres://b@db/x',
    broker: 'rabbitmq',
    brokerUrl: 'amqp://r',
  })
  expect(parse(['--broker', 'kafka']).brokerUrl).toBe('127.0.0.1:9092')
})

test('secrets may be in files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'order-flow-'))
  writeFileSync(join(folder, 'url'), 'postgres://a:b@db/shop\n')
  expect(parse([], { DATABASE_URL_FILE: join(folder, 'url') }).databaseUrl).toBe('postgres://a:b@db/shop')
  rmSync(folder, { recursive: true })
})

test('several processes of a service', () => {
  expect(parse(['--instances', 'order-service=2, api-gateway=3,']).instances).toEqual({ 'order-service': 2, 'api-gateway': 3 })
})

describe('a mistake is told in one sentence that says how to go on', () => {
  test.each([
    [['--brokr', 'kafka'], /^Unknown option '--brokr'\. "npm run start:distributed -- --help" lists the options\.$/],
    [['kafka'], /^Unexpected argument 'kafka'\. ".* --help" lists the options\.$/],
    [['--broker', 'rabbit'], /^--broker \(or BROKER\) takes rabbitmq or kafka, not "rabbit"\.$/],
    [['--port', '99999'], /^--port takes a number from 0 to 65535, not "99999"\.$/],
    [['--instances', 'orders=2'], /^--instances takes a list such as .* of identity-service, .*; "orders=2" is none of these\.$/],
    [['--instances', 'eureka-server=2'], /^--instances: there is one eureka-server; more than one can be of identity-service, .*\.$/],
    [['--instances', 'order-service=many'], /^--instances: of order-service there can be 1 to 16, not "many"\.$/],
    [['--instances', 'order-service=0'], /1 to 16, not "0"/],
    [['--instances', 'order-service=17'], /1 to 16, not "17"/],
    [['--instances', 'order-service'], /1 to 16, not ""/],
  ])('%j', (args, sentence) => {
    expect(() => parse(args)).toThrow(sentence)
  })

  test('a file that is not there', () => {
    expect(() => parse([], { BROKER_URL_FILE: '/nowhere/url' })).toThrow(
      /^BROKER_URL_FILE names \/nowhere\/url, which cannot be read \(.*\)\.$/,
    )
  })

  test('a value that is given twice', () => {
    expect(() => parse([], { BROKER_URL: 'amqp://a', BROKER_URL_FILE: '/x' })).toThrow(/^Set BROKER_URL or BROKER_URL_FILE, not both\.$/)
  })
})
