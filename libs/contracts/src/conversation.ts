import { type Static, Type } from 'typebox'

const Body = Type.String({ minLength: 1, maxLength: 4000 })

/** `POST /api/conversations`: a customer asks for help, perhaps about an order. `clientId` makes a retry harmless. */
export const OpenConversation = Type.Object(
  {
    orderId: Type.Optional(Type.String({ maxLength: 64 })),
    subject: Type.Optional(Type.String({ maxLength: 200 })),
    body: Body,
    clientId: Type.String({ minLength: 8, maxLength: 64 }),
  },
  { additionalProperties: false },
)
export type OpenConversation = Static<typeof OpenConversation>

/** `POST /api/conversations/{id}/messages`. The same `clientId` again answers with the message already stored. */
export const PostMessage = Type.Object(
  { body: Body, clientId: Type.String({ minLength: 8, maxLength: 64 }) },
  { additionalProperties: false },
)
export type PostMessage = Static<typeof PostMessage>

/** `position` counts 1..n without gaps within the conversation. */
export const ChatMessage = Type.Object({
  id: Type.String(),
  conversationId: Type.String(),
  position: Type.Integer(),
  authorId: Type.String(),
  authorRole: Type.Union([Type.Literal('customer'), Type.Literal('agent')]),
  body: Type.String(),
  clientId: Type.String(),
  at: Type.String(),
})
export type ChatMessage = Static<typeof ChatMessage>

export const Conversation = Type.Object({
  id: Type.String(),
  customerId: Type.String(),
  customerName: Type.String(),
  orderId: Type.Union([Type.String(), Type.Null()]),
  subject: Type.String(),
  messageCount: Type.Integer(),
  lastMessage: Type.String(),
  lastMessageAt: Type.String(),
  openedAt: Type.String(),
})
export type Conversation = Static<typeof Conversation>

/** `GET /api/conversations?cursor=`: one's own, or everybody's for agents; latest message first. */
export const ConversationPage = Type.Object({
  conversations: Type.Array(Conversation),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
})
export type ConversationPage = Static<typeof ConversationPage>

/** `GET /api/conversations/{id}/messages?after=&limit=`: oldest first, positions above `after`. */
export const MessagePage = Type.Object({ messages: Type.Array(ChatMessage) })
export type MessagePage = Static<typeof MessagePage>
