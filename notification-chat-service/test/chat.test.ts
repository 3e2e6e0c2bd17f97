import type { ChatMessage, Conversation, ConversationPage, MessagePage, OpenConversation } from '@order-flow/contracts'
import { toMessage } from '@order-flow/messaging'
import { newId } from '@order-flow/service-kit'
import { ENGINES, type TestDatabase } from '@order-flow/service-kit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aQuestion, messageIn, orderPlaced, type RunningService, runService } from './running-service.ts'

const ANN = 'ann:customer'
const BEN = 'ben:customer'
const AGENT = 'meg:agent'

describe.each(ENGINES)('conversations on $name', (engine) => {
  let opened: TestDatabase
  let service: RunningService
  beforeEach(async () => {
    opened = await engine.open()
    service = await runService(opened)
  })
  afterEach(async () => {
    await service.stop()
    await opened.remove()
  })

  async function open(user: string, question: OpenConversation = aQuestion()) {
    const { status, body } = await service.call(user, 'POST', '/api/conversations', question)
    expect(status).toBe(201)
    return body as { conversation: Conversation; message: ChatMessage } // checked by the response schema
  }

  async function post(user: string, conversationId: string, body: string, clientId = newId()) {
    const answer = await service.call(user, 'POST', `/api/conversations/${conversationId}/messages`, { body, clientId })
    expect(answer.status).toBe(201)
    return answer.body as ChatMessage // checked by the response schema
  }

  test('customer and agent write to each other, and both see it live', async () => {
    const customer = await service.connect(ANN)
    await customer.subscribe('user:me', 0)
    const agent = await service.connect(AGENT)
    await agent.subscribe('support', 0)
    const { conversation, message } = await open(ANN)
    expect(conversation).toMatchObject({ customerId: 'ann', orderId: null, subject: 'Where is my parcel?', messageCount: 1 })
    expect(message).toMatchObject({ position: 1, authorRole: 'customer', body: 'Where is my parcel?' })
    await post(AGENT, conversation.id, 'On its way.')
    await post(ANN, conversation.id, 'Thanks!')
    await customer.until(() => customer.offsets().length === 3)
    await agent.until(() => agent.offsets().length === 3)
    for (const side of [customer, agent]) {
      expect(side.offsets()).toEqual([1, 2, 3])
      expect(side.events().map((frame) => [messageIn(frame)?.authorRole, messageIn(frame)?.position])).toEqual([
        ['customer', 1],
        ['agent', 2],
        ['customer', 3],
      ])
    }
    expect(agent.events().at(-1)?.event).toMatchObject({ conversation: { messageCount: 3, lastMessage: 'Thanks!' } })
  })

  test('a conversation about an order of which nothing has been heard yet waits for it a moment', async () => {
    const orderId = newId()
    const opening = open(ANN, { ...aQuestion(), orderId })
    await new Promise((resolve) => setTimeout(resolve, 100))
    await service.broker.publish([orderPlaced({ customerId: 'ann', orderId, number: 'OF-8' })].map(toMessage))
    expect((await opening).conversation).toMatchObject({ orderId })
  })

  test('a recent order of which nothing comes is no reason to wait for long', async () => {
    const { status, body } = await service.call(ANN, 'POST', '/api/conversations', { ...aQuestion(), orderId: newId() })
    expect(status).toBe(503)
    expect(body).toMatchObject({ type: '/problems/overloaded' })
  })

  test('a conversation can be about an own order, and about no other', async () => {
    await service.broker.publish([orderPlaced({ customerId: 'ann', orderId: 'o1', number: 'OF-7' })].map(toMessage))
    const { conversation } = await open(ANN, aQuestion({ orderId: 'o1' }))
    expect(conversation).toMatchObject({ orderId: 'o1', subject: 'Order OF-7' })
    for (const [user, orderId] of [
      [BEN, 'o1'],
      [ANN, 'unknown'],
    ] as const) {
      const { status, body } = await service.call(user, 'POST', '/api/conversations', aQuestion({ orderId }))
      expect(status).toBe(422)
      expect(body).toMatchObject({ type: '/problems/unknown-order' })
    }
  })

  test('the same client id again answers with what is stored, and tells nobody twice', async () => {
    const agent = await service.connect(AGENT)
    await agent.subscribe('support', 0)
    const question = aQuestion()
    const first = await open(ANN, question)
    const again = await open(ANN, question)
    expect(again.message).toEqual(first.message)
    const reply = { body: 'Any news?', clientId: newId() }
    const replies = await Promise.all([1, 2, 3].map(() => post(ANN, first.conversation.id, reply.body, reply.clientId)))
    expect(new Set(replies.map(({ id }) => id)).size).toBe(1)
    const last = await post(AGENT, first.conversation.id, 'Yes.', reply.clientId)
    expect(last.position).toBe(3)
    await agent.until(() => agent.offsets().length === 3)
    expect(agent.offsets()).toEqual([1, 2, 3])
  })

  test('a client id that was used for another message is a conflict', async () => {
    const question = aQuestion()
    const { conversation } = await open(ANN, question)
    const other = await open(ANN)
    const elsewhere = await service.call(ANN, 'POST', `/api/conversations/${other.conversation.id}/messages`, {
      body: 'Hello',
      clientId: question.clientId,
    })
    expect(elsewhere.status).toBe(409)
    const reply = newId()
    await post(ANN, conversation.id, 'More', reply)
    expect((await service.call(ANN, 'POST', '/api/conversations', aQuestion({ clientId: reply }))).status).toBe(409)
  })

  test("somebody else's conversation is not there", async () => {
    const { conversation } = await open(ANN)
    const path = `/api/conversations/${conversation.id}`
    expect((await service.call(BEN, 'GET', path)).status).toBe(404)
    expect((await service.call(BEN, 'GET', `${path}/messages`)).status).toBe(404)
    expect((await service.call(BEN, 'POST', `${path}/messages`, { body: 'Hi', clientId: newId() })).status).toBe(404)
    expect((await service.call('oli:operator', 'GET', path)).status).toBe(404)
    expect((await service.call(AGENT, 'GET', path)).body).toEqual(conversation)
  })

  test('customers list their own conversations, agents all, latest message first, page by page', async () => {
    const first = await open(ANN)
    const second = await open(BEN)
    const third = await open(ANN)
    await post(AGENT, first.conversation.id, 'Answered')
    const ids = async (user: string, query = '') => {
      const { body } = await service.call(user, 'GET', `/api/conversations${query}`)
      const { conversations, nextCursor } = body as ConversationPage // checked by the response schema
      return { ids: conversations.map(({ id }) => id), nextCursor }
    }
    expect((await ids(ANN)).ids).toEqual([first.conversation.id, third.conversation.id])
    expect((await ids(AGENT)).ids).toEqual([first.conversation.id, third.conversation.id, second.conversation.id])
    const page = await ids(AGENT, '?limit=2')
    expect((await ids(AGENT, `?limit=2&cursor=${page.nextCursor}`)).ids).toEqual([second.conversation.id])
    expect((await service.call(AGENT, 'GET', '/api/conversations?cursor=nonsense')).status).toBe(400)
  })

  test('the history is read by position', async () => {
    const { conversation } = await open(ANN)
    for (const body of ['two', 'three', 'four']) await post(ANN, conversation.id, body)
    const { body } = await service.call(ANN, 'GET', `/api/conversations/${conversation.id}/messages?after=1&limit=2`)
    const { messages } = body as MessagePage // checked by the response schema
    expect(messages.map(({ position, body }) => [position, body])).toEqual([
      [2, 'two'],
      [3, 'three'],
    ])
  })

  test('conversations and live positions survive a restart', async () => {
    const { conversation } = await open(ANN)
    await service.stop()
    service = await runService(opened)
    const agent = await service.connect(AGENT)
    await agent.subscribe('support', 0)
    const reply = await post(AGENT, conversation.id, 'Still here.')
    expect(reply.position).toBe(2)
    await agent.until(() => agent.offsets().length === 2)
    expect(agent.offsets()).toEqual([1, 2])
  })

  test('whoever writes too much is slowed down with 429', async () => {
    const { conversation } = await open(ANN)
    for (let n = 2; n <= 10; n += 1) await post(ANN, conversation.id, `Message ${n}`)
    const refused = await service.call(ANN, 'POST', `/api/conversations/${conversation.id}/messages`, { body: 'More', clientId: newId() })
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('1')
    await post(AGENT, conversation.id, 'Slowly, please.')
  })

  test('a customer opens only so many conversations in an hour', async () => {
    await service.stop()
    service = await runService(opened, { settings: { chat: { conversationsPerHour: 2 } } })
    await open(ANN)
    await open(ANN)
    expect((await service.call(ANN, 'POST', '/api/conversations', aQuestion())).status).toBe(429)
    await open(BEN)
  })

  test.for([
    ['no text', { body: '   ', clientId: '12345678' }],
    ['too long a text', { body: 'x'.repeat(4001), clientId: '12345678' }],
    ['no client id', { body: 'Hello' }],
    ['unknown members', { body: 'Hello', clientId: '12345678', authorRole: 'agent' }],
  ] as const)('a message with %s is not valid', async ([, message]) => {
    const { status, body } = await service.call(ANN, 'POST', '/api/conversations', message)
    expect(status).toBe(400)
    expect(body).toHaveProperty('detail')
  })
})
