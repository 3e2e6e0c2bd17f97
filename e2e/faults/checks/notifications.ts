import type { OrderSummary } from '@order-flow/contracts'
import { waitUntil } from '../engines/own-process.ts'
import type { Listener } from '../load/listener.ts'

const CATCH_UP_MS = 30_000

/**
 * Waits until every listener has been told of every version of its customer's orders, and answers as sentences who was
 * not, or was told twice or out of order. `timeoutMs`: how long it may take, default 30 s.
 */
export async function findNotificationFaults(
  listeners: readonly Listener[],
  orders: ReadonlyMap<string, OrderSummary>,
  timeoutMs = CATCH_UP_MS,
): Promise<string[]> {
  for (const listener of listeners) listener.wake()
  const isComplete = () => listeners.every((listener) => toldFaults(listener, orders).length === 0)
  await waitUntil(isComplete, timeoutMs, 'not all are told').catch(() => undefined) // what is missing is told below
  return listeners.flatMap((listener) => [...toldFaults(listener, orders), ...listener.faults.splice(0)])
}

function toldFaults({ customer, notifications }: Listener, orders: ReadonlyMap<string, OrderSummary>): string[] {
  const told = Map.groupBy(notifications, ({ orderId }) => orderId)
  const faults: string[] = []
  for (const { id, customerId, version } of orders.values()) {
    if (customerId !== customer.id) continue
    const versions = (told.get(id) ?? []).map(({ orderVersion }) => orderVersion).join()
    const expected = Array.from({ length: version }, (_change, index) => index + 1).join()
    if (versions !== expected) faults.push(`${customer.name} was told of versions ${versions || 'none'} of order ${id}, not ${expected}.`)
  }
  return faults
}
