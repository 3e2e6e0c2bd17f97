import { expect, test } from 'vitest'
import { sourceOf } from './source.ts'

test('the source is what the gateway added last, not what the client claims', () => {
  expect(sourceOf('10.0.0.1, 203.0.113.7', '127.0.0.1')).toBe('203.0.113.7')
})

test.each([undefined, '', ' , '])('without it (%j) the source is the peer', (header) => {
  expect(sourceOf(header, '127.0.0.1')).toBe('127.0.0.1')
})

test('an IPv4 address within IPv6 is the IPv4 address', () => {
  expect(sourceOf(undefined, '::ffff:192.0.2.1')).toBe('192.0.2.1')
})

test.each([
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::ffff', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s belongs to the network %s', (address, network) => {
  expect(sourceOf(address, '127.0.0.1')).toBe(network)
})
