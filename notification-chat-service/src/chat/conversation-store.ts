import type { ChatMessage, Conversation } from '@order-flow/contracts'
import type { Queryable, SqlRow, Tx } from '@order-flow/service-kit'
import { customerLabel } from './conversation.ts'

interface ConversationRow {
  id: string
  customer_id: string
  order_id: string | null
  subject: string
  message_count: number
  last_message: string
  last_message_at: string
  opened_at: string
}

interface MessageRow {
  conversation_id: string
  position: number
  id: string
  author_id: string
  author_role: ChatMessage['authorRole']
  body: string
  client_id: string
  sent_at: string
}

const CONVERSATION = 'id, customer_id, order_id, subject, message_count, last_message, last_message_at, opened_at'
const MESSAGE = 'conversation_id, position, id, author_id, author_role, body, client_id, sent_at'

export async function findConversation(db: Queryable, id: string): Promise<Conversation | undefined> {
  const [row] = await db.all<ConversationRow>(`select ${CONVERSATION} from conversations where id = $1`, [id])
  return row && toConversation(row)
}

/** The same, locked until the transaction ends: whoever holds it gives out the next position. */
export async function lockConversation(tx: Tx, id: string): Promise<Conversation | undefined> {
  const [row] = await tx.all<ConversationRow>(`select ${CONVERSATION} from conversations where id = $1 for update`, [id])
  return row && toConversation(row)
}

/** The message that the author sent under this client id, if it has arrived before. */
export async function findSent(db: Queryable, authorId: string, clientId: string): Promise<ChatMessage | undefined> {
  const [row] = await db.all<MessageRow>(`select ${MESSAGE} from messages where author_id = $1 and client_id = $2`, [authorId, clientId])
  return row && toMessage(row)
}

export async function insertConversation(tx: Tx, conversation: Conversation): Promise<void> {
  await tx.insert('conversations', [fromConversation(conversation)])
}

/** Takes over what a new message changes. */
export async function updateConversation(tx: Tx, { id, messageCount, lastMessage, lastMessageAt }: Conversation): Promise<void> {
  await tx.run('update conversations set message_count = $2, last_message = $3, last_message_at = $4 where id = $1', [
    id,
    messageCount,
    lastMessage,
    lastMessageAt,
  ])
}

/** Adds a message. Errors: `conflict` when its position or its author's client id is taken. */
export async function insertMessage(tx: Tx, message: ChatMessage): Promise<void> {
  await tx.insert('messages', [fromMessage(message)])
}

/** How many conversations the customer has opened since the time, which is recent. */
export async function countOpenedSince(db: Queryable, customerId: string, since: string): Promise<number> {
  const [row] = await db.all<{ opened: number }>(
    'select count(*) as opened from conversations where customer_id = $1 and last_message_at > $2 and opened_at > $2',
    [customerId, since],
  )
  return row?.opened ?? 0
}

/** A place in the list: after the conversation with this id and time. */
export interface ConversationCursor {
  lastMessageAt: string
  id: string
}

export interface ConversationQuery {
  /** Whose; everybody's when undefined. */
  customerId: string | undefined
  cursor: ConversationCursor | undefined
  limit: number
}

/** Conversations, latest message first. */
export async function listConversations(db: Queryable, { customerId, cursor, limit }: ConversationQuery): Promise<Conversation[]> {
  const { lastMessageAt, id } = cursor ?? { lastMessageAt: '9999', id: '' }
  const whose = customerId === undefined ? '' : 'customer_id = $4 and'
  const rows = await db.all<ConversationRow>(
    `select ${CONVERSATION} from conversations where ${whose} (last_message_at, id) < ($1, $2)
     order by last_message_at desc, id desc limit $3`,
    [lastMessageAt, id, limit, ...(customerId === undefined ? [] : [customerId])],
  )
  return rows.map(toConversation)
}

/** Messages above the position, oldest first. */
export async function listMessages(
  db: Queryable,
  conversationId: string,
  { after, limit }: { after: number; limit: number },
): Promise<ChatMessage[]> {
  const rows = await db.all<MessageRow>(
    `select ${MESSAGE} from messages where conversation_id = $1 and position > $2 order by position limit $3`,
    [conversationId, after, limit],
  )
  return rows.map(toMessage)
}

function toConversation(row: ConversationRow): Conversation {
  return {
    id: row.id,
    customerId: row.customer_id,
    customerName: customerLabel(row.customer_id),
    orderId: row.order_id,
    subject: row.subject,
    messageCount: row.message_count,
    lastMessage: row.last_message,
    lastMessageAt: row.last_message_at,
    openedAt: row.opened_at,
  }
}

function fromConversation(conversation: Conversation): SqlRow {
  return {
    id: conversation.id,
    customer_id: conversation.customerId,
    order_id: conversation.orderId,
    subject: conversation.subject,
    message_count: conversation.messageCount,
    last_message: conversation.lastMessage,
    last_message_at: conversation.lastMessageAt,
    opened_at: conversation.openedAt,
  }
}

function toMessage(row: MessageRow): ChatMessage {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    position: row.position,
    authorId: row.author_id,
    authorRole: row.author_role,
    body: row.body,
    clientId: row.client_id,
    at: row.sent_at,
  }
}

function fromMessage(message: ChatMessage): SqlRow {
  return {
    conversation_id: message.conversationId,
    position: message.position,
    id: message.id,
    author_id: message.authorId,
    author_role: message.authorRole,
    body: message.body,
    client_id: message.clientId,
    sent_at: message.at,
  }
}
