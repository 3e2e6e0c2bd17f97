import { setTimeout as pause } from 'node:timers/promises'
import type { ChatMessage, OpenConversation, PostMessage } from '@order-flow/contracts'
import { AppError, type Database, newId, overloaded, type Tx, timeOfId } from '@order-flow/service-kit'
import type { ChatConfig } from '../config.ts'
import type { Feed } from '../feed.ts'
import { userTopic } from '../feed-store.ts'
import { createRateLimiter } from '../live/token-bucket.ts'
import { findOrder } from '../order-store.ts'
import { addMessage, mayTakePart, openConversation, type Participant, type Said } from './conversation.ts'
import {
  countOpenedSince,
  findSent,
  insertConversation,
  insertMessage,
  lockConversation,
  updateConversation,
} from './conversation-store.ts'

export interface ChatParts {
  db: Database
  feed: Feed
  config: ChatConfig
  now?: () => Date
}

export type Chat = ReturnType<typeof createChat>

const HOUR_MS = 3_600_000
/** How long an order that was placed just now is waited for, and how old it may be to be that. */
const MAX_ORDER_WAIT_MS = 3000
const RECENT_MS = 60_000
const ORDER_POLL_MS = 50

/** What writing in conversations does: stored, numbered and told to both sides in one transaction. */
export function createChat({ db, feed, config, now = () => new Date() }: ChatParts) {
  const mayWrite = createRateLimiter({ perSecond: config.messagesPer10Seconds / 10, burst: config.messagesPer10Seconds })

  /**
   * Opens a conversation with its first message; the same client id again answers with what is stored. Errors:
   * `invalid`, `too_many_requests`, `unprocessable` when the order is not the customer's, `unavailable` when it was
   * placed just now and its event has not come yet, `conflict` when the client id was used for another message.
   */
  async function open(author: Participant, request: OpenConversation): Promise<Said> {
    checkWriting(author, request.body)
    if (request.orderId !== undefined) await awaitOrder(request.orderId)
    return db.transaction(async (tx) => {
      await lockAuthor(tx, author)
      const sent = await findSent(tx, author.userId, request.clientId)
      if (sent) return repeated(tx, sent, sent.position === 1)
      await checkOpened(tx, author.userId)
      const order = request.orderId === undefined ? undefined : await ownOrder(tx, author.userId, request.orderId)
      const at = now().toISOString()
      const said = openConversation({ id: newId(), messageId: newId(), customerId: author.userId, order, request, at })
      await insertConversation(tx, said.conversation)
      return record(tx, said)
    })
  }

  /**
   * Adds a message; the same client id again answers with what is stored. Errors: `invalid`, `too_many_requests`,
   * `not_found` also when the conversation is somebody else's, `conflict` when the client id was used elsewhere.
   */
  async function post(author: Participant, conversationId: string, request: PostMessage): Promise<Said> {
    checkWriting(author, request.body)
    return db.transaction(async (tx) => {
      await lockAuthor(tx, author)
      const conversation = await lockConversation(tx, conversationId)
      if (!conversation || !mayTakePart(conversation, author)) throw noConversation(conversationId)
      const sent = await findSent(tx, author.userId, request.clientId)
      if (sent) return repeated(tx, sent, sent.conversationId === conversationId)
      const said = addMessage(conversation, { id: newId(), author, request, at: now().toISOString() })
      await updateConversation(tx, said.conversation)
      return record(tx, said)
    })
  }

  async function record(tx: Tx, said: Said): Promise<Said> {
    await insertMessage(tx, said.message)
    const event = JSON.stringify({ kind: 'message', ...said })
    const telling = { kind: 'message', event, at: said.message.at } as const
    await feed.tell(tx, [
      { topic: userTopic(said.conversation.customerId), ...telling },
      { topic: 'support', ...telling },
    ])
    return said
  }

  function checkWriting({ userId }: Participant, body: string): void {
    if (body.trim() === '' || body.includes('\0'))
      throw new AppError('invalid', 'The message has no text, or characters that are not text.')
    if (!mayWrite(userId, now().getTime())) {
      throw new AppError('too_many_requests', `At most ${config.messagesPer10Seconds} messages are taken in 10 seconds.`, {
        facts: { retryAfterSeconds: Math.ceil(10 / config.messagesPer10Seconds) },
      })
    }
  }

  /** Somebody may ask about an order sooner than its event has come here. */
  async function awaitOrder(orderId: string): Promise<void> {
    const endsAtMs = performance.now() + MAX_ORDER_WAIT_MS
    while (!(await findOrder(db, orderId))) {
      const ageMs = now().getTime() - timeOfId(orderId)
      if (!(Math.abs(ageMs) < RECENT_MS)) return
      if (performance.now() > endsAtMs) throw overloaded(`Nothing has been heard yet of the order ${orderId}`)
      await pause(ORDER_POLL_MS)
    }
  }

  async function checkOpened(tx: Tx, customerId: string): Promise<void> {
    const opened = await countOpenedSince(tx, customerId, new Date(now().getTime() - HOUR_MS).toISOString())
    if (opened < config.conversationsPerHour) return
    throw new AppError('too_many_requests', `At most ${config.conversationsPerHour} conversations can be opened in an hour.`, {
      facts: { retryAfterSeconds: 600 },
    })
  }

  return { open, post }
}

/** What one user sends at once, through whichever instances, comes one after the other: a repeat finds the first. */
function lockAuthor(tx: Tx, { userId }: Participant): Promise<void> {
  return tx.lock(`author ${userId}`)
}

/** The error for a conversation that is not there, or not for the one who asks to know of. */
export function noConversation(id: string): AppError {
  return new AppError('not_found', `There is no conversation ${id}.`)
}

async function repeated(tx: Tx, message: ChatMessage, isSameRequest: boolean): Promise<Said> {
  const conversation = await lockConversation(tx, message.conversationId)
  if (!conversation || !isSameRequest) throw new AppError('conflict', `The client id ${message.clientId} was used for another message.`)
  return { conversation, message }
}

async function ownOrder(tx: Tx, customerId: string, orderId: string) {
  const order = await findOrder(tx, orderId)
  if (order?.customerId === customerId) return order
  throw new AppError('unprocessable', `The order ${orderId} is not one of yours.`, { problem: 'unknown-order' })
}
