import { expect, test } from 'vitest'
import { anInstance, aRegistry } from '../registry/testing.ts'
import { leasesOf, shownPeer } from './state.ts'

test('leases of the named applications are told, as many as are allowed', () => {
  const registry = aRegistry()
  for (const id of ['a', 'b', 'c']) registry.register(anInstance(id), 1000)
  registry.register(anInstance('x', { app: '__PROTO__', status: 'DOWN' }), 2000)
  expect(leasesOf(registry, ['NOBODY', '__PROTO__', 'ORDERS'], 3)).toEqual({
    __PROTO__: [['x', 2000, 'DOWN']],
    ORDERS: [
      ['a', 1000, 'UP'],
      ['b', 1000, 'UP'],
    ],
  })
})

test('a status that was set by an operator is not the instance’s own', () => {
  const registry = aRegistry()
  registry.register(anInstance('a'), 1000)
  registry.overrideStatus('ORDERS', 'a', 'OUT_OF_SERVICE', 2000)
  expect(leasesOf(registry, ['ORDERS'], 3)).toEqual({ ORDERS: [['a', 2000, 'UP']] })
})

test('a peer is shown without its password', () => {
  const peer = { url: 'http://user:secret@b:8761/eureka/', isReachable: true, queued: 0, lagMs: 0 }
  expect(shownPeer(peer)).toEqual({ ...peer, url: 'http://b:8761/eureka/' })
  expect(shownPeer({ ...peer, url: 'secret' }).url).not.toContain('secret')
})
