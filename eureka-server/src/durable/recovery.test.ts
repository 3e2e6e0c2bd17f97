import { silentLogger } from '@order-flow/service-kit'
import { expect, test } from 'vitest'
import { keyOf, type Lease } from '../registry/instance.ts'
import { anInstance, aRegistry, listedIn } from '../registry/testing.ts'
import type { LeaseStore } from './lease-store.ts'
import { restoreLeases } from './recovery.ts'

test('what a peer does not know any more has left meanwhile', async () => {
  const { registry, recovery } = await aRestart(['a', 'b', 'c'])
  recovery.keepOnly(new Set(['a', 'b'].map((id) => keyOf(anInstance(id)))), 1)
  expect(listedIn(registry)).toEqual(['ORDERS/a', 'ORDERS/b'])
})

test.each([[[]], [['a']]])('a peer that knows but %j of three has just started itself: all are kept', async (known) => {
  const { registry, recovery } = await aRestart(['a', 'b', 'c'])
  recovery.keepOnly(new Set(known.map((id) => keyOf(anInstance(id)))), 1)
  expect(registry.size()).toBe(3)
})

test('restored instances are waited for until each has renewed or left', async () => {
  const { registry, recovery } = await aRestart(['a', 'b', 'c'])
  expect(recovery.unheard()).toBe(3)
  registry.renew('ORDERS', 'a', 1001, { origin: 'client' })
  registry.cancel('ORDERS', 'b', 1001)
  expect(recovery.unheard()).toBe(1)
})

/** A registry that starts, at 1 s, with what it knew. */
async function aRestart(ids: readonly string[]) {
  const before = aRegistry()
  for (const id of ids) before.register(anInstance(id), 0)
  const leases: Lease[] = [...(before.application('ORDERS')?.leases.values() ?? [])]
  const store: LeaseStore = {
    async *load() {
      yield leases
    },
    write: async () => undefined,
  }
  const registry = aRegistry()
  return { registry, recovery: await restoreLeases(registry, store, { nowMs: 1000, logger: silentLogger }) }
}
