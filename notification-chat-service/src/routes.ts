import {
  ChatMessage,
  Conversation,
  type ConversationPage,
  ConversationPage as ConversationPageSchema,
  type LiveEvent,
  MessagePage,
  NotificationPage,
  OpenConversation,
  PostMessage,
} from '@order-flow/contracts'
import {
  AppError,
  type Database,
  type HttpServer,
  hasRole,
  type Identity,
  identityOf,
  requireRole,
  type TokenVerifier,
} from '@order-flow/service-kit'
import { Type } from 'typebox'
import { type Chat, noConversation } from './chat/chat.ts'
import { mayTakePart, type Participant } from './chat/conversation.ts'
import { type ConversationCursor, findConversation, listConversations, listMessages } from './chat/conversation-store.ts'
import { type FeedRow, notificationsBefore, userTopic } from './feed-store.ts'

export interface RoutesParts {
  db: Database
  chat: Chat
  tokens: TokenVerifier
}

const NotificationQuery = Type.Object({
  before: Type.Optional(Type.Integer({ minimum: 1 })),
  limit: Type.Integer({ default: 50, minimum: 1, maximum: 200 }),
})
const ConversationQuery = Type.Object({
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  limit: Type.Integer({ default: 50, minimum: 1, maximum: 100 }),
})
const MessageQuery = Type.Object({
  after: Type.Integer({ default: 0, minimum: 0 }),
  limit: Type.Integer({ default: 100, minimum: 1, maximum: 500 }),
})
const ConversationId = Type.Object({ id: Type.String({ maxLength: 64 }) })

/** `POST /api/conversations` answers with both. */
const OpenedConversation = Type.Object({ conversation: Conversation, message: ChatMessage })

/** Door 1: one's notifications, and conversations with support. */
export function addRoutes(http: HttpServer, { db, chat, tokens }: RoutesParts): void {
  const onRequest = requireRole(tokens)

  http.get(
    '/api/notifications',
    { onRequest, schema: { querystring: NotificationQuery, response: { 200: NotificationPage } } },
    async (request) => {
      const { before, limit } = request.query
      const rows = await notificationsBefore(db, userTopic(identityOf(request).userId), { before, limit })
      return notificationPage(rows, limit)
    },
  )

  http.get(
    '/api/conversations',
    { onRequest, schema: { querystring: ConversationQuery, response: { 200: ConversationPageSchema } } },
    async (request) => {
      const { cursor, limit } = request.query
      const { userId, isAgent } = participant(identityOf(request))
      const query = { customerId: isAgent ? undefined : userId, cursor: cursor === undefined ? undefined : readCursor(cursor), limit }
      return conversationPage(await listConversations(db, query), limit)
    },
  )

  http.post(
    '/api/conversations',
    { onRequest, schema: { body: OpenConversation, response: { 201: OpenedConversation } } },
    async (request, reply) => {
      const said = await chat.open(participant(identityOf(request)), request.body)
      return reply.code(201).header('location', `/api/conversations/${said.conversation.id}`).send(said)
    },
  )

  http.get('/api/conversations/:id', { onRequest, schema: { params: ConversationId, response: { 200: Conversation } } }, async (request) =>
    visibleConversation(db, request.params.id, participant(identityOf(request))),
  )

  http.get(
    '/api/conversations/:id/messages',
    { onRequest, schema: { params: ConversationId, querystring: MessageQuery, response: { 200: MessagePage } } },
    async (request) => {
      const { id } = await visibleConversation(db, request.params.id, participant(identityOf(request)))
      return { messages: await listMessages(db, id, request.query) }
    },
  )

  http.post(
    '/api/conversations/:id/messages',
    { onRequest, schema: { params: ConversationId, body: PostMessage, response: { 201: ChatMessage } } },
    async (request, reply) => {
      const { message } = await chat.post(participant(identityOf(request)), request.params.id, request.body)
      return reply.code(201).send(message)
    },
  )
}

function participant(identity: Identity): Participant {
  return { userId: identity.userId, isAgent: hasRole(identity, 'agent') }
}

async function visibleConversation(db: Database, id: string, reader: Participant): Promise<Conversation> {
  const conversation = await findConversation(db, id)
  if (!conversation || !mayTakePart(conversation, reader)) throw noConversation(id)
  return conversation
}

function notificationPage(rows: readonly FeedRow[], limit: number): NotificationPage {
  const notifications = rows.flatMap(({ position, event }) => {
    const told = JSON.parse(event) as LiveEvent // we wrote it
    return told.kind === 'notification' ? [{ ...told.notification, offset: position }] : []
  })
  return { notifications, nextBefore: rows.length === limit ? (rows.at(-1)?.position ?? null) : null }
}

function conversationPage(conversations: Conversation[], limit: number): ConversationPage {
  const last = conversations.at(-1)
  return { conversations, nextCursor: last && conversations.length === limit ? writeCursor(last) : null }
}

function writeCursor({ lastMessageAt, id }: ConversationCursor): string {
  return Buffer.from(`${lastMessageAt} ${id}`).toString('base64url')
}

function readCursor(cursor: string): ConversationCursor {
  const [lastMessageAt, id, ...rest] = Buffer.from(cursor, 'base64url').toString().split(' ')
  if (!lastMessageAt || !id || rest.length > 0) throw new AppError('invalid', 'The cursor is not one that this address gave out.')
  return { lastMessageAt, id }
}
