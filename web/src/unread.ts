import { createStore } from './store.ts'

/** What came live and has not been looked at: conversations by id, and how many notifications. */
export interface Unread {
  conversations: ReadonlySet<string>
  notifications: number
}

const MAX_CONVERSATIONS = 500
const NOTHING: Unread = { conversations: new Set(), notifications: 0 }

const store = createStore<Unread>(NOTHING)
/** Conversations on the page now: what arrives there is read. */
const open = new Set<string>()

export const useUnread = store.use

/** True while the conversation is on the page. */
export function isConversationOpen(conversationId: string): boolean {
  return open.has(conversationId)
}

/** A message came; it counts as unread unless its conversation is on the page. */
export function markConversation(conversationId: string): void {
  const unread = store.get()
  if (open.has(conversationId) || unread.conversations.size >= MAX_CONVERSATIONS) return
  store.set({ ...unread, conversations: new Set([...unread.conversations, conversationId]) })
}

/** The conversation is on the page until the answer is called. */
export function readConversation(conversationId: string): () => void {
  const unread = store.get()
  open.add(conversationId)
  store.set({ ...unread, conversations: new Set([...unread.conversations].filter((id) => id !== conversationId)) })
  return () => open.delete(conversationId)
}

export function countNotification(): void {
  store.set({ ...store.get(), notifications: store.get().notifications + 1 })
}

export function readNotifications(): void {
  if (store.get().notifications > 0) store.set({ ...store.get(), notifications: 0 })
}

/** For a change of account. */
export function forgetUnread(): void {
  store.set(NOTHING)
}
