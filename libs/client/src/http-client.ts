import type {
  Account,
  AccountImport,
  ChatMessage,
  Conversation,
  ConversationPage,
  Credentials,
  ImportedAccounts,
  MessagePage,
  NotificationPage,
  OpenConversation,
  Order,
  OrderHistory,
  OrderPage,
  PlaceOrder,
  PostMessage,
  Product,
  ProductChange,
  ProductPage,
  Registration,
  ReturnOrder,
  Session,
  StockLevel,
  StockMovement,
} from '@order-flow/contracts'
import { createRequester, type HttpClientOptions, type Request } from './request.ts'

interface Listing {
  cursor?: string | undefined
  limit?: number | undefined
  signal?: AbortSignal | undefined
}

/**
 * Typed calls of the gateway's HTTP API. Every call throws `ProblemError` when it does not succeed; see
 * `createRequester` for sign-in and timeouts.
 */
export function createHttpClient(options: HttpClientOptions) {
  const request = createRequester(options)
  return { ...accountCalls(request), ...productCalls(request), ...orderCalls(request), ...chatCalls(request) }
}

export type HttpClient = ReturnType<typeof createHttpClient>

function accountCalls(request: Request) {
  return {
    register: (body: Registration) => request<Session>({ method: 'POST', path: '/api/auth/register', body }),
    login: (body: Credentials) => request<Session>({ method: 'POST', path: '/api/auth/login', body }),
    /** Renews the sign-in: by cookie in a browser, by `refreshToken` elsewhere. */
    refresh: (refreshToken?: string) =>
      request<Session>({ method: 'POST', path: '/api/auth/refresh', body: refreshToken === undefined ? {} : { refreshToken } }),
    logout: () => request<void>({ method: 'POST', path: '/api/auth/logout', body: {} }),
    me: (signal?: AbortSignal) => request<Account>({ path: '/api/auth/me', signal }),
    /** For operators. */
    importAccounts: (body: AccountImport) => request<ImportedAccounts>({ method: 'POST', path: '/api/accounts/import', body }),
  }
}

function productCalls(request: Request) {
  return {
    products({ signal, ...query }: Listing & { search?: string | undefined; category?: string | undefined } = {}) {
      return request<ProductPage>({ path: '/api/products', query, signal })
    },
    product: (sku: string, signal?: AbortSignal) => request<Product>({ path: `/api/products/${encodeURIComponent(sku)}`, signal }),
    /** For operators: makes or changes a product. */
    changeProduct: (sku: string, body: ProductChange) =>
      request<Product>({ method: 'PUT', path: `/api/products/${encodeURIComponent(sku)}`, body }),
    /** For operators: goods received or a count corrected. */
    moveStock: (sku: string, body: StockMovement, idempotencyKey: string) =>
      request<StockLevel>({ ...keyed(idempotencyKey), path: `/api/products/${encodeURIComponent(sku)}/stock`, body }),
  }
}

function orderCalls(request: Request) {
  return {
    /** The same key and body again answer with the same order, so a call without an answer may be repeated. */
    placeOrder: (body: PlaceOrder, idempotencyKey: string) => request<Order>({ ...keyed(idempotencyKey), path: '/api/orders', body }),
    order: (orderId: string, signal?: AbortSignal) => request<Order>({ path: orderPath(orderId), signal }),
    orders: ({ signal, ...query }: Listing = {}) => request<OrderPage>({ path: '/api/orders', query, signal }),
    orderEvents: (orderId: string, signal?: AbortSignal) => request<OrderHistory>({ path: `${orderPath(orderId)}/events`, signal }),
    cancelOrder: (orderId: string, reason?: string) =>
      request<Order>({ method: 'POST', path: `${orderPath(orderId)}/cancel`, body: reason === undefined ? {} : { reason } }),
    /** For operators: goods of a confirmed order come back. */
    returnOrder: (orderId: string, body: ReturnOrder, idempotencyKey: string) =>
      request<Order>({ ...keyed(idempotencyKey), path: `${orderPath(orderId)}/returns`, body }),
  }
}

function chatCalls(request: Request) {
  return {
    /** Newest first; `before` is an offset. */
    notifications({ signal, ...query }: { before?: number | undefined; limit?: number; signal?: AbortSignal } = {}) {
      return request<NotificationPage>({ path: '/api/notifications', query, signal })
    },
    conversations: ({ signal, ...query }: Listing = {}) => request<ConversationPage>({ path: '/api/conversations', query, signal }),
    conversation: (conversationId: string, signal?: AbortSignal) =>
      request<Conversation>({ path: conversationPath(conversationId), signal }),
    /** The same `clientId` again answers with the conversation already opened. */
    openConversation: (body: OpenConversation) =>
      request<{ conversation: Conversation; message: ChatMessage }>({ method: 'POST', path: '/api/conversations', body }),
    /** Oldest first, positions above `after`. */
    messages(conversationId: string, { signal, ...query }: { after?: number; limit?: number; signal?: AbortSignal } = {}) {
      return request<MessagePage>({ path: `${conversationPath(conversationId)}/messages`, query, signal })
    },
    /** The same `clientId` again answers with the message already stored. */
    postMessage: (conversationId: string, body: PostMessage) =>
      request<ChatMessage>({ method: 'POST', path: `${conversationPath(conversationId)}/messages`, body }),
  }
}

function keyed(idempotencyKey: string) {
  return { method: 'POST', headers: { 'idempotency-key': idempotencyKey } } as const
}

function orderPath(orderId: string): string {
  return `/api/orders/${encodeURIComponent(orderId)}`
}

function conversationPath(conversationId: string): string {
  return `/api/conversations/${encodeURIComponent(conversationId)}`
}
