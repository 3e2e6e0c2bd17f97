import { expect, test } from 'vitest'
import { parseKafkaAddress } from '../src/kafka/address.ts'

test.each([
  ['127.0.0.1:9092', { servers: ['127.0.0.1:9092'], tls: false, login: undefined }],
  ['a:9092,b.example:9093', { servers: ['a:9092', 'b.example:9093'], tls: false, login: undefined }],
  ['[::1]:9092', { servers: ['[::1]:9092'], tls: false, login: undefined }],
  ['kafka://a:9092', { servers: ['a:9092'], tls: false, login: undefined }],
  [
    'kafkas://us%40er:p%3A%40ss@a:9092,b:9092',
    { servers: ['a:9092', 'b:9092'], tls: true, login: { username: 'us@er', password: 'p:@ss' } },
  ],
])('%s is an address', (url, address) => {
  expect(parseKafkaAddress(url)).toEqual(address)
})

test.each(['', 'kafka', 'a', 'a:0', 'a:65536', 'a:9092,b', 'http://a:9092', 'amqp://a:b@h:5672/', 'kafka://user@a:9092', 'a:9092/path'])(
  '"%s" is none, and is told so without being repeated',
  (url) => {
    expect(() => parseKafkaAddress(url)).toThrow(/^messaging\.url is no address of Kafka: write host:port/)
  },
)

test('a lone % in the password is told as what it is', () => {
  expect(() => parseKafkaAddress('kafka://user:100%@a:9092')).toThrow(/^User or password in messaging\.url has a %/)
})
