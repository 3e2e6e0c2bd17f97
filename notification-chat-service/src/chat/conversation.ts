import type { ChatMessage, Conversation, OpenConversation, PostMessage } from '@order-flow/contracts'

/** Who takes part in a conversation: its customer, or somebody who answers for the shop. */
export interface Participant {
  userId: string
  isAgent: boolean
}

/** A conversation and the message that was just added to it. */
export interface Said {
  conversation: Conversation
  message: ChatMessage
}

export interface NewConversation {
  id: string
  messageId: string
  customerId: string
  /** The customer's own order that it is about. */
  order: { orderId: string; number: string } | undefined
  request: OpenConversation
  at: string
}

const PREVIEW_LENGTH = 200
const SUBJECT_LENGTH = 80

/** A new conversation with its first message. */
export function openConversation({ id, messageId, customerId, order, request, at }: NewConversation): Said {
  const conversation: Conversation = {
    id,
    customerId,
    customerName: customerLabel(customerId),
    orderId: order?.orderId ?? null,
    subject: request.subject?.trim() || (order ? `Order ${order.number}` : beginning(request.body, SUBJECT_LENGTH)),
    messageCount: 0,
    lastMessage: '',
    lastMessageAt: at,
    openedAt: at,
  }
  return addMessage(conversation, { id: messageId, author: { userId: customerId, isAgent: false }, request, at })
}

/** The conversation with one more message, at the next position. */
export function addMessage(
  conversation: Conversation,
  { id, author, request, at }: { id: string; author: Participant; request: PostMessage; at: string },
): Said {
  const position = conversation.messageCount + 1
  const message: ChatMessage = {
    id,
    conversationId: conversation.id,
    position,
    authorId: author.userId,
    authorRole: author.userId === conversation.customerId ? 'customer' : 'agent',
    body: request.body,
    clientId: request.clientId,
    at,
  }
  return {
    conversation: { ...conversation, messageCount: position, lastMessage: beginning(request.body, PREVIEW_LENGTH), lastMessageAt: at },
    message,
  }
}

/** Customers take part in their own conversations, agents in all. */
export function mayTakePart(conversation: Conversation, { userId, isAgent }: Participant): boolean {
  return isAgent || conversation.customerId === userId
}

/** What agents see instead of a name, which this service does not know: enough to tell two customers apart. */
export function customerLabel(customerId: string): string {
  return `Customer ${customerId.slice(-4)}`
}

/** The first characters of a text, on one line; whole characters, so that no emoji is cut in two. */
function beginning(text: string, maxLength: number): string {
  const line = text
    .slice(0, maxLength * 4)
    .replace(/\s+/g, ' ')
    .trim()
  const characters = Array.from(line)
  return characters.length <= maxLength ? line : `${characters.slice(0, maxLength - 1).join('')}…`
}
