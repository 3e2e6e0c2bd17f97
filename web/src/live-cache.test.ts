import type { ChatMessage, Conversation, Notification, Order } from '@order-flow/contracts'
import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { applyMessage, applyNotification, reloadTopic } from './live-cache.ts'
import { keys } from './queries.ts'

const anOrder = (more: Partial<Order> = {}): Order => ({
  id: 'o1',
  number: '1001',
  customerId: 'c1',
  status: 'placed',
  version: 1,
  currency: 'GBP',
  totals: { items: 500, total: 500 },
  lines: [],
  reason: null,
  detail: null,
  attention: null,
  returned: {},
  refunded: 0,
  placedAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  ...more,
})

const aNotification = (more: Partial<Notification> = {}): Notification => ({
  id: 'n2',
  kind: 'order',
  orderId: 'o1',
  orderNumber: '1001',
  orderVersion: 2,
  status: 'confirmed',
  eventType: 'io.orderflow.order.confirmed.v1',
  detail: null,
  at: '2026-01-01T00:00:05Z',
  ...more,
})

const aMessage = (position: number): ChatMessage => ({
  id: `m${position}`,
  conversationId: 'v1',
  position,
  authorId: 'c1',
  authorRole: 'customer',
  body: 'Hello',
  clientId: `client-${position}`,
  at: '2026-01-01T00:00:00Z',
})

const aConversation = (id: string, messageCount: number): Conversation => ({
  id,
  customerId: 'c1',
  customerName: 'C',
  orderId: null,
  subject: 'Question',
  messageCount,
  lastMessage: 'Hello',
  lastMessageAt: '2026-01-01T00:00:00Z',
  openedAt: '2026-01-01T00:00:00Z',
})

/** A cache with one query that is shown on the page; `read` is what the server would answer. */
function aCache<T>(queryKey: readonly unknown[], data: T | undefined, read: () => Promise<T>) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  if (data !== undefined) queries.setQueryData(queryKey, data)
  let reads = 0
  const queryFn = () => {
    reads += 1
    return read()
  }
  const observer = new QueryObserver<T>(queries, { queryKey, queryFn, staleTime: data === undefined ? 0 : Number.POSITIVE_INFINITY })
  const leave = observer.subscribe(() => {})
  return { queries, leave, reads: () => reads, data: () => queries.getQueryData<T>(queryKey) }
}

test('a confirmation changes the order on the page without reading it again', async () => {
  const { queries, data, reads, leave } = aCache(keys.order('o1'), anOrder(), async () => anOrder())
  await applyNotification(queries, aNotification(), 2)
  expect(data()).toMatchObject({ status: 'confirmed', version: 2, updatedAt: '2026-01-01T00:00:05Z' })
  expect(reads()).toBe(0)
  leave()
})

test('a notification older than the order changes nothing', async () => {
  const order = anOrder({ version: 3, status: 'cancelled' })
  const { queries, data, leave } = aCache(keys.order('o1'), order, async () => order)
  await applyNotification(queries, aNotification(), 2)
  expect(data()).toEqual(order)
  leave()
})

test('a rejection shows at once and its reason is read', async () => {
  const rejected = anOrder({ version: 2, status: 'rejected', reason: 'out_of_stock' })
  const { queries, data, leave } = aCache(keys.order('o1'), anOrder(), async () => rejected)
  await applyNotification(queries, aNotification({ status: 'rejected', eventType: 'io.orderflow.order.rejected.v1' }), 2)
  expect(data()).toEqual(rejected)
  leave()
})

test('a read that was answered before the event does not undo it', async () => {
  const confirmed = anOrder({ version: 2, status: 'confirmed' })
  const answers = [anOrder(), confirmed]
  const gates: (() => void)[] = []
  const read = () => new Promise<Order>((resolve) => gates.push(() => resolve(answers.shift() ?? confirmed)))
  const { queries, data, reads, leave } = aCache(keys.order('o1'), undefined, read)
  const applied = applyNotification(queries, aNotification(), 2)
  gates[0]?.()
  await new Promise(setImmediate)
  gates[1]?.()
  await applied
  expect(data()).toEqual(confirmed)
  expect(reads()).toBe(2)
  leave()
})

test('the timeline grows by the next version and is read again after a hole', async () => {
  const first = { version: 1, type: 'io.orderflow.order.placed.v1', status: 'placed', at: '2026-01-01T00:00:00Z', detail: null } as const
  const { queries, data, reads, leave } = aCache(keys.history('o1'), { events: [first] }, async () => ({ events: [first] }))
  await applyNotification(queries, aNotification(), 2)
  expect(data()?.events.map((entry) => entry.version)).toEqual([1, 2])
  await applyNotification(queries, aNotification({ orderVersion: 4 }), 4)
  expect(reads()).toBe(1)
  leave()
})

test('a notification is listed once', async () => {
  const { queries, data, leave } = aCache(
    keys.notifications,
    { pages: [{ notifications: [], nextBefore: null }], pageParams: [undefined] },
    async () => ({ pages: [], pageParams: [] }) as never,
  )
  await applyNotification(queries, aNotification(), 7)
  await applyNotification(queries, aNotification(), 7)
  expect(data()?.pages[0]?.notifications).toEqual([{ ...aNotification(), offset: 7 }])
  leave()
})

test('a message is added once, in its place, and a hole is filled by reading', async () => {
  const all = [aMessage(1), aMessage(2), aMessage(3)]
  const { queries, data, reads, leave } = aCache(keys.messages('v1'), [aMessage(1)], async () => all)
  await applyMessage(queries, aMessage(1), aConversation('v1', 1))
  expect(data()).toHaveLength(1)
  await applyMessage(queries, aMessage(3), aConversation('v1', 3))
  expect(reads()).toBe(1)
  expect(data()).toEqual(all)
  leave()
})

test('a conversation with a new message comes to the top, also when it is new', async () => {
  const list = { pages: [{ conversations: [aConversation('v1', 1), aConversation('v2', 1)], nextCursor: null }], pageParams: [undefined] }
  const { queries, data, leave } = aCache(keys.conversations, list, async () => list)
  await applyMessage(queries, aMessage(2), aConversation('v2', 2))
  await applyMessage(queries, aMessage(1), aConversation('v3', 1))
  expect(data()?.pages[0]?.conversations.map((conversation) => conversation.id)).toEqual(['v3', 'v2', 'v1'])
  leave()
})

test('a reload reads what the topic keeps current and nothing else', async () => {
  const { queries, reads, leave } = aCache(keys.order('o1'), anOrder(), async () => anOrder())
  await reloadTopic(queries, 'support')
  expect(reads()).toBe(0)
  await reloadTopic(queries, 'user:me')
  expect(reads()).toBe(1)
  leave()
})
