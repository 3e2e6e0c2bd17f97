import type { OpenConversation } from '@order-flow/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addMessage, customerLabel, mayTakePart, openConversation } from './conversation.ts'

const AT = '2026-01-01T00:00:00.000Z'
const CUSTOMER = { userId: 'customer-7f3a', isAgent: false }

function aConversation(over: Partial<OpenConversation> = {}, order?: { orderId: string; number: string }) {
  const request = { body: 'Hello', clientId: 'client-1', ...over }
  return openConversation({ id: 'c1', messageId: 'm1', customerId: CUSTOMER.userId, order, request, at: AT })
}

test('positions count up from 1 whoever writes, and the role is that of the conversation', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 30 }), (byAgent) => {
      let said = aConversation()
      for (const [index, isAgent] of byAgent.entries()) {
        const author = isAgent ? { userId: 'agent', isAgent } : CUSTOMER
        said = addMessage(said.conversation, { id: `m${index + 2}`, author, request: { body: 'More', clientId: 'client-2' }, at: AT })
        expect(said.message.position).toBe(index + 2)
        expect(said.message.authorRole).toBe(isAgent ? 'agent' : 'customer')
      }
      expect(said.conversation.messageCount).toBe(byAgent.length + 1)
    }),
  )
})

test('an agent who asks for help is the customer of that conversation', () => {
  const { conversation } = aConversation()
  const author = { userId: CUSTOMER.userId, isAgent: true }
  const { message } = addMessage(conversation, { id: 'm2', author, request: { body: 'Hm', clientId: 'client-2' }, at: AT })
  expect(message.authorRole).toBe('customer')
})

test('the subject is what was asked for, else the order, else the beginning of the text', () => {
  const order = { orderId: 'o1', number: 'OF-7' }
  expect(aConversation({ subject: ' Late ' }, order).conversation.subject).toBe('Late')
  expect(aConversation({}, order).conversation).toMatchObject({ subject: 'Order OF-7', orderId: 'o1' })
  expect(aConversation({ body: 'Where\nis   it?' }).conversation.subject).toBe('Where is it?')
})

test('the last message is kept short and never cut within a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4000 }), (body) => {
      const { lastMessage } = aConversation({ body }).conversation
      expect(Array.from(lastMessage).length).toBeLessThanOrEqual(200)
      expect(lastMessage.isWellFormed()).toBe(true)
    }),
  )
})

test('customers take part in their own conversations, agents in all', () => {
  const { conversation } = aConversation()
  expect(mayTakePart(conversation, CUSTOMER)).toBe(true)
  expect(mayTakePart(conversation, { userId: 'other', isAgent: false })).toBe(false)
  expect(mayTakePart(conversation, { userId: 'other', isAgent: true })).toBe(true)
  expect(customerLabel(CUSTOMER.userId)).toBe('Customer 7f3a')
})
