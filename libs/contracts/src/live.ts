import { type Static, Type } from 'typebox'
import { ChatMessage, Conversation } from './conversation.ts'
import { Notification } from './notification.ts'
import { Problem } from './problem.ts'

/**
 * The live protocol at `/ws`: JSON text frames, subprotocol `orderflow.v1.json`. The handshake carries the sign-in
 * (cookie or `Authorization`), never a token in the URL. Topics:
 *
 * - `user:me`: notifications and chat messages for the signed-in user; dense offsets 1..n, resumable.
 * - `support` (agents): every chat message; dense offsets, resumable.
 * - `orders` (operators): every order notification as it happens; no offsets, not resumable.
 */
export const LIVE_SUBPROTOCOL = 'orderflow.v1.json'

export const Topic = Type.Union([Type.Literal('user:me'), Type.Literal('support'), Type.Literal('orders')])
export type Topic = Static<typeof Topic>

/** What a client sends. `after`: the last offset it has applied; without it, only what is new. */
export const ClientFrame = Type.Union([
  Type.Object({ type: Type.Literal('subscribe'), topic: Topic, after: Type.Optional(Type.Integer({ minimum: 0 })) }),
  Type.Object({ type: Type.Literal('unsubscribe'), topic: Topic }),
  Type.Object({ type: Type.Literal('ping'), n: Type.Integer() }),
])
export type ClientFrame = Static<typeof ClientFrame>

/** What an `event` frame carries. */
export const LiveEvent = Type.Union([
  Type.Object({ kind: Type.Literal('notification'), notification: Notification }),
  Type.Object({ kind: Type.Literal('message'), message: ChatMessage, conversation: Conversation }),
])
export type LiveEvent = Static<typeof LiveEvent>

/**
 * What the server sends. After `subscribed` (whose `offset` is the topic's latest) come the `event`s above `after`
 * in order. `gap`: the client's offset is older than what is kept; it must reload over HTTP and go on from `offset`.
 * A client applies an event only when its offset is the last one + 1, and drops lower ones.
 */
export const ServerFrame = Type.Union([
  Type.Object({ type: Type.Literal('welcome'), userId: Type.String(), heartbeatMs: Type.Integer() }),
  Type.Object({ type: Type.Literal('subscribed'), topic: Topic, offset: Type.Integer() }),
  Type.Object({ type: Type.Literal('event'), topic: Topic, offset: Type.Optional(Type.Integer()), event: LiveEvent }),
  Type.Object({ type: Type.Literal('gap'), topic: Topic, offset: Type.Integer() }),
  Type.Object({ type: Type.Literal('pong'), n: Type.Integer() }),
  Type.Object({ type: Type.Literal('error'), problem: Problem }),
  Type.Object({ type: Type.Literal('bye'), reason: Type.String(), reconnectInMs: Type.Tuple([Type.Integer(), Type.Integer()]) }),
])
export type ServerFrame = Static<typeof ServerFrame>

/** Close codes beside the RFC 6455 ones. */
export const CLOSE_CODES = { signedOut: 4401, forbidden: 4403, slowConsumer: 4408, tooManyFrames: 4429 } as const
