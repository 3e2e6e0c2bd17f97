import type { Notification, OrderSummary } from '@order-flow/contracts'
import { expect, test } from 'vitest'
import type { Customer } from '../load/customer.ts'
import type { Listener } from '../load/listener.ts'
import { findNotificationFaults } from './notifications.ts'

const orders = new Map([['o1', { id: 'o1', customerId: 'c1', version: 3 } as OrderSummary]]) // no more of it is read

function aListener(versions: readonly number[], faults: string[] = []): Listener {
  return {
    customer: { id: 'c1', name: 'customer 1' } as Customer, // no more of it is read
    notifications: versions.map((orderVersion) => ({ orderId: 'o1', orderVersion }) as Notification), // no more of it is read
    faults,
    sockets: () => 1,
    wake: () => undefined,
    close: () => undefined,
  }
}

const faultsOf = (listener: Listener) => findNotificationFaults([listener], orders, 10)

test('whoever was told of every version once and in order has nothing to complain of', async () => {
  expect(await faultsOf(aListener([1, 2, 3]))).toEqual([])
})

test.each([
  ['a version that is missing', [1, 3], 'versions 1,3'],
  ['a version that came twice', [1, 2, 2, 3], 'versions 1,2,2,3'],
  ['versions out of order', [1, 3, 2], 'versions 1,3,2'],
  ['nothing', [], 'versions none'],
])('%s is a fault', async (_what, versions, sentence) => {
  expect((await faultsOf(aListener(versions))).join()).toContain(sentence)
})

test('what broke the rules of the protocol is told once', async () => {
  const listener = aListener([1, 2, 3], ['customer 1 got offset 7 twice on one socket.'])
  expect(await faultsOf(listener)).toEqual(['customer 1 got offset 7 twice on one socket.'])
  expect(await faultsOf(listener)).toEqual([])
})
