import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'

test('without options both registries are measured with three numbers of instances', () => {
  expect(parseOptions([])).toEqual({
    instances: [1000, 10_000, 100_000],
    perApplication: 100,
    server: undefined,
    seconds: 10,
    warmUpSeconds: 20,
    connections: 32,
    samples: 500,
    javaOptions: [],
    profile: false,
    jsonFile: undefined,
    url: undefined,
  })
})

test('every option is taken over', () => {
  const args = '--instances 50 --per-application 5 --server java --seconds 3 --warm-up 4 --connections 6 --samples 7 --json r.json'
  expect(parseOptions([...args.split(' '), '--java-options=-Xmx512m -XX:+UseSerialGC'])).toEqual({
    instances: [50],
    perApplication: 5,
    server: 'java',
    seconds: 3,
    warmUpSeconds: 4,
    connections: 6,
    samples: 7,
    javaOptions: ['-Xmx512m', '-XX:+UseSerialGC'],
    profile: false,
    jsonFile: 'r.json',
    url: undefined,
  })
  expect(parseOptions(['--url', 'http://127.0.0.1:8761/eureka/'])).toMatchObject({ url: 'http://127.0.0.1:8761' })
  expect(parseOptions(['--help'])).toBe('help')
})

test.each([
  [['--instances', '1000,many'], '--instances takes a whole number above 0, not "many"'],
  [['--server', 'consul'], '--server takes one of ours, java, both, not "consul"'],
  [['--url', 'there'], '--url takes an address like'],
  [['--url', 'http://a:1', '--server', 'ours'], '--server is for registries that are started'],
  [['--url', 'http://a:1', '--profile'], '--profile needs a registry of its own'],
  [['orders'], 'Unexpected argument'],
])('%j is wrong use', (args, message) => {
  expect(() => parseOptions(args)).toThrow(expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) }))
})
