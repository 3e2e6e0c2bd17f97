import type {
  ChatMessage,
  Conversation,
  ConversationPage,
  Notification,
  NotificationPage,
  Order,
  OrderHistory,
  OrderPage,
  Topic,
} from '@order-flow/contracts'
import type { InfiniteData, QueryClient, QueryKey } from '@tanstack/react-query'
import { keys } from './queries.ts'

/** Events after which an order differs in more than a notification tells: reason, refunds, returned goods, attention. */
const TELLS_ALL = ['io.orderflow.order.placed.v1', 'io.orderflow.order.confirmed.v1', 'io.orderflow.order.cancel_requested.v1']

/** Brings the cache up to date with a notification. `offset`: its place in the live topic. */
export async function applyNotification(queries: QueryClient, notification: Notification, offset: number): Promise<void> {
  const { orderId } = notification
  await Promise.all([
    change<Order>(queries, keys.order(orderId), (order) => patchOrder(order, notification)),
    change<OrderHistory>(queries, keys.history(orderId), (history) => patchHistory(history, notification)),
    change<InfiniteData<OrderPage>>(queries, keys.orders, (list) => patchOrderList(list, notification)),
    change<InfiniteData<NotificationPage>>(queries, keys.notifications, (list) => ({
      data: prependNotification(list, notification, offset),
    })),
  ])
}

/** Brings the cache up to date with a chat message, whoever wrote it. */
export async function applyMessage(queries: QueryClient, message: ChatMessage, conversation: Conversation): Promise<void> {
  await Promise.all([
    change<ChatMessage[]>(queries, keys.messages(message.conversationId), (messages) => addMessage(messages, message)),
    change<InfiniteData<ConversationPage>>(queries, keys.conversations, (list) => ({ data: moveToTop(list, conversation) })),
  ])
}

/** Adds a message just posted from here; its live event may have come before the answer. */
export function applyPosted(queries: QueryClient, message: ChatMessage): Promise<void> {
  return change<ChatMessage[]>(queries, keys.messages(message.conversationId), (messages) => addMessage(messages, message))
}

/** Marks everything that a topic keeps current as doubtful; what is on the page is read again. */
export async function reloadTopic(queries: QueryClient, topic: Topic): Promise<void> {
  const chat = ['conversations', 'messages']
  const names = topic === 'support' ? chat : [...chat, 'order', 'history', 'orders', 'notifications']
  await queries.invalidateQueries({ predicate: ({ queryKey }) => names.includes(String(queryKey[0])) })
}

interface Change<T> {
  data: T
  /** The new data is not the whole truth: read it again. */
  incomplete?: boolean
}

/**
 * Changes data in the cache, if it is there. A read under way may have been answered before the change, and would then
 * undo it: it is called off and begun anew.
 */
async function change<T>(queries: QueryClient, queryKey: QueryKey, patch: (data: T) => Change<T>): Promise<void> {
  const state = queries.getQueryState<T>(queryKey)
  if (!state) return
  const reading = state.fetchStatus !== 'idle'
  if (reading) await queries.cancelQueries({ queryKey, exact: true })
  const before = queries.getQueryData<T>(queryKey)
  const changed = before === undefined ? undefined : patch(before)
  if (changed && changed.data !== before) queries.setQueryData(queryKey, changed.data)
  if (reading || changed?.incomplete) await queries.invalidateQueries({ queryKey, exact: true })
}

function patchOrder(order: Order, { orderVersion, status, detail, eventType, at }: Notification): Change<Order> {
  if (orderVersion <= order.version) return { data: order }
  const incomplete = orderVersion > order.version + 1 || !TELLS_ALL.includes(eventType)
  return { data: { ...order, status, detail, version: orderVersion, updatedAt: at }, incomplete }
}

function patchHistory(history: OrderHistory, { orderVersion, status, detail, eventType, at }: Notification): Change<OrderHistory> {
  const last = history.events.at(-1)?.version ?? 0
  if (orderVersion <= last) return { data: history }
  if (orderVersion > last + 1) return { data: history, incomplete: true }
  return { data: { events: [...history.events, { version: orderVersion, type: eventType, status, at, detail }] } }
}

function patchOrderList(list: InfiniteData<OrderPage>, notification: Notification): Change<InfiniteData<OrderPage>> {
  const { orderId, orderVersion, status, at } = notification
  const listed = list.pages.some((page) => page.orders.some((order) => order.id === orderId))
  if (!listed) return { data: list, incomplete: true }
  const pages = list.pages.map((page) => ({
    ...page,
    orders: page.orders.map((order) =>
      order.id === orderId && order.version < orderVersion ? { ...order, status, version: orderVersion, updatedAt: at } : order,
    ),
  }))
  return { data: { ...list, pages } }
}

function prependNotification(
  list: InfiniteData<NotificationPage>,
  notification: Notification,
  offset: number,
): InfiniteData<NotificationPage> {
  const [first, ...rest] = list.pages
  const listed = list.pages.some((page) => page.notifications.some((other) => other.id === notification.id))
  if (!first || listed) return list
  return { ...list, pages: [{ ...first, notifications: [{ ...notification, offset }, ...first.notifications] }, ...rest] }
}

/** Messages in order of position, each once; a hole before the new one makes the list incomplete. */
function addMessage(messages: ChatMessage[], message: ChatMessage): Change<ChatMessage[]> {
  const last = messages.at(-1)?.position ?? 0
  if (message.position <= last) return { data: messages }
  return { data: [...messages, message], incomplete: message.position > last + 1 }
}

function moveToTop(list: InfiniteData<ConversationPage>, conversation: Conversation): InfiniteData<ConversationPage> {
  const known = list.pages.flatMap((page) => page.conversations).find((other) => other.id === conversation.id)
  if (known && known.messageCount > conversation.messageCount) return list
  const pages = list.pages.map((page, index) => {
    const others = page.conversations.filter((other) => other.id !== conversation.id)
    return { ...page, conversations: index === 0 ? [conversation, ...others] : others }
  })
  return { ...list, pages }
}
