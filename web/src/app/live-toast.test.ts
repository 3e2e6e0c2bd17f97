import type { Account, LiveEvent } from '@order-flow/contracts'
import type { TFunction } from 'i18next'
import { expect, test } from 'vitest'
import { readConversation } from '../unread.ts'
import { toastFor } from './live-toast.ts'

// The words do not matter here: the keys stand for them.
const t = ((key: string) => key) as unknown as TFunction
const page = { t, pathname: '/' }

const customer: Account = { id: 'c1', email: null, name: 'C', roles: ['customer'] }
const agent: Account = { id: 'a1', email: null, name: 'A', roles: ['agent'] }

const orderEvent = (name: string): LiveEvent => ({
  kind: 'notification',
  notification: {
    id: 'n1',
    kind: 'order',
    orderId: 'o1',
    orderNumber: '1001',
    orderVersion: 2,
    status: 'confirmed',
    eventType: `io.orderflow.order.${name}.v1`,
    detail: null,
    at: '2026-01-01T00:00:00Z',
  },
})

const messageFrom = (author: Account, conversationId = 'v1'): LiveEvent => ({
  kind: 'message',
  message: {
    id: 'm1',
    conversationId,
    position: 1,
    authorId: author.id,
    authorRole: author === agent ? 'agent' : 'customer',
    body: 'Hello',
    clientId: 'client-1',
    at: '2026-01-01T00:00:00Z',
  },
  conversation: {
    id: conversationId,
    customerId: 'c1',
    customerName: 'C',
    orderId: null,
    subject: 'Question',
    messageCount: 1,
    lastMessage: 'Hello',
    lastMessageAt: '2026-01-01T00:00:00Z',
    openedAt: '2026-01-01T00:00:00Z',
  },
})

test('a change of an order leads to its page; that it was received needs no toast', () => {
  expect(toastFor(orderEvent('confirmed'), customer, page)).toMatchObject({ title: 'event.confirmed', tone: 'good', to: '/orders/o1' })
  expect(toastFor(orderEvent('placed'), customer, page)).toBeUndefined()
})

test('the page of an order tells its changes itself', () => {
  expect(toastFor(orderEvent('confirmed'), customer, { t, pathname: '/orders/o1' })).toBeUndefined()
  expect(toastFor(orderEvent('confirmed'), customer, { t, pathname: '/orders/o2' })).toBeDefined()
})

test('a message is shown to the other side only', () => {
  expect(toastFor(messageFrom(agent), customer, page)).toMatchObject({ text: 'Hello', to: undefined })
  expect(toastFor(messageFrom(customer), agent, page)).toMatchObject({ to: '/support/v1' })
  expect(toastFor(messageFrom(customer), customer, page)).toBeUndefined()
  expect(toastFor(messageFrom(agent), { ...agent, id: 'a2' }, page)).toBeUndefined()
})

test('a message of a conversation on the page needs no toast', () => {
  const leave = readConversation('v2')
  expect(toastFor(messageFrom(agent, 'v2'), customer, page)).toBeUndefined()
  leave()
  expect(toastFor(messageFrom(agent, 'v2'), customer, page)).toBeDefined()
})
