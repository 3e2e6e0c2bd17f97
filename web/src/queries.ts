import { ProblemError } from '@order-flow/client'
import type { Account, ChatMessage } from '@order-flow/contracts'
import { infiniteQueryOptions, keepPreviousData, QueryClient, queryOptions, useQuery } from '@tanstack/react-query'
import { client } from './api.ts'
import { keepSignIn, mayBeSignedIn } from './sign-in-hint.ts'

const PAGE_SIZE = 24
const MESSAGES_PER_PAGE = 100
/** A conversation is shown up to this many pages; what comes live is added to it. */
const MAX_MESSAGE_PAGES = 20
const MINUTE_MS = 60_000

/** Where the server's state is kept in the cache. */
export const keys = {
  me: ['me'],
  order: (orderId: string) => ['order', orderId],
  history: (orderId: string) => ['history', orderId],
  orders: ['orders'],
  notifications: ['notifications'],
  conversations: ['conversations'],
  messages: (conversationId: string) => ['messages', conversationId],
} as const

/** The cache of the page. Only calls that may succeed later are repeated by themselves. */
export function createQueries(): QueryClient {
  const mayHeal = (error: Error) => !(error instanceof ProblemError) || error.status === 0 || error.status >= 500 || error.status === 429
  return new QueryClient({ defaultOptions: { queries: { retry: (failures, error) => failures < 2 && mayHeal(error) } } })
}

/** The signed-in account; null when nobody is signed in. */
export const meQuery = queryOptions({
  queryKey: keys.me,
  staleTime: 5 * MINUTE_MS,
  queryFn: ({ signal }) => (mayBeSignedIn() ? askWhoItIs(signal) : null),
})

async function askWhoItIs(signal: AbortSignal): Promise<Account | null> {
  try {
    return await client.me(signal)
  } catch (error) {
    if (!(error instanceof ProblemError) || error.status !== 401) throw error
    keepSignIn(false)
    return null
  }
}

/** The signed-in account; null for nobody, undefined while that is being found out. */
export function useAccount(): Account | null | undefined {
  return useQuery(meQuery).data
}

export function productsQuery(filter: { search: string; category: string }) {
  return infiniteQueryOptions({
    queryKey: ['products', filter],
    staleTime: MINUTE_MS / 2,
    placeholderData: keepPreviousData,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => client.products({ ...filter, cursor: pageParam, limit: PAGE_SIZE, signal }),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  })
}

export function productQuery(sku: string) {
  return queryOptions({ queryKey: ['product', sku], staleTime: MINUTE_MS / 2, queryFn: ({ signal }) => client.product(sku, signal) })
}

export function orderQuery(orderId: string) {
  return queryOptions({ queryKey: keys.order(orderId), queryFn: ({ signal }) => client.order(orderId, signal) })
}

export function historyQuery(orderId: string) {
  return queryOptions({ queryKey: keys.history(orderId), queryFn: ({ signal }) => client.orderEvents(orderId, signal) })
}

export const ordersQuery = infiniteQueryOptions({
  queryKey: keys.orders,
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) => client.orders({ cursor: pageParam, limit: PAGE_SIZE, signal }),
  getNextPageParam: (page) => page.nextCursor ?? undefined,
})

export const notificationsQuery = infiniteQueryOptions({
  queryKey: keys.notifications,
  initialPageParam: undefined as number | undefined,
  queryFn: ({ pageParam, signal }) => client.notifications({ before: pageParam, limit: PAGE_SIZE, signal }),
  getNextPageParam: (page) => page.nextBefore ?? undefined,
})

export const conversationsQuery = infiniteQueryOptions({
  queryKey: keys.conversations,
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) => client.conversations({ cursor: pageParam, limit: PAGE_SIZE, signal }),
  getNextPageParam: (page) => page.nextCursor ?? undefined,
})

/** The messages of a conversation from its first, positions 1..n. */
export function messagesQuery(conversationId: string) {
  return queryOptions({ queryKey: keys.messages(conversationId), queryFn: ({ signal }) => readMessages(conversationId, signal) })
}

async function readMessages(conversationId: string, signal: AbortSignal): Promise<ChatMessage[]> {
  const messages: ChatMessage[] = []
  for (let page = 0; page < MAX_MESSAGE_PAGES; page += 1) {
    const after = messages.at(-1)?.position ?? 0
    const next = (await client.messages(conversationId, { after, limit: MESSAGES_PER_PAGE, signal })).messages
    messages.push(...next)
    if (next.length < MESSAGES_PER_PAGE) break
  }
  return messages
}
