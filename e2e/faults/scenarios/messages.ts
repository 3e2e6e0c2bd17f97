import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { CloudEvent, DeadLetter } from '@order-flow/contracts'
import { type Message, toMessage } from '@order-flow/messaging'
import type { MessageTap } from '../engines/message-tap.ts'
import { waitUntil } from '../engines/own-process.ts'
import { buy, cancel } from '../load/buying.ts'
import { granted } from '../load/customer.ts'
import type { Purchase } from '../load/history.ts'
import type { Random } from '../random.ts'
import { ANY_BROKER, type Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'
import type { TestShop } from '../test-shop.ts'

const COPIES = 2
const MAX_WAITING_COPIES = 20_000

export const repeatedMessages: Scenario = {
  name: 'repeated-messages',
  faults: ['F12'],
  about: 'every message comes three times, the copies late and in any order',
  inShort: true,
  brokers: ANY_BROKER,
  async run(stage) {
    const tap = await stage.shop.openTap()
    try {
      await repeatEverything(stage, tap)
    } finally {
      await tap.close()
    }
  },
}

async function repeatEverything({ random, sized, did, expect }: Stage, tap: MessageTap): Promise<void> {
  const maxDelayMs = sized(30_000, 5000)
  const known = new Set<string>()
  const copies: CloudEvent[] = []
  const stop = await tap.listen((event) => {
    if (known.has(event.id)) return
    known.add(event.id)
    for (let copy = 0; copy < COPIES && copies.length < MAX_WAITING_COPIES; copy += 1) copies.push(event)
  })
  let published = 0
  const deadline = performance.now() + sized(40_000, 9000)
  while (performance.now() < deadline) {
    await pause(random.int(200, maxDelayMs / 5))
    published += await publishSome(tap, copies, random)
  }
  await stop()
  published += await publishSome(tap, copies, random, copies.length)
  did(`published ${published} copies of ${known.size} messages again`)
  expect(known.size > 0, 'No message was seen.')
}

/** Publishes a random part of the copies in random order. */
async function publishSome(tap: MessageTap, copies: CloudEvent[], random: Random, count?: number) {
  const chosen = random.shuffle(copies).slice(0, count ?? Math.ceil(copies.length * random.next()))
  const left = new Map<CloudEvent, number>()
  for (const event of chosen) left.set(event, (left.get(event) ?? 0) + 1)
  const kept = copies.filter((event) => {
    const times = left.get(event) ?? 0
    if (times > 0) left.set(event, times - 1)
    return times === 0
  })
  copies.splice(0, copies.length, ...kept)
  await tap.publish(chosen.map(toMessage))
  return chosen.length
}

export const overtakenMessages: Scenario = {
  name: 'overtaken-messages',
  faults: ['F12'],
  about: 'the stock service hears of orders only after their cancellation: order.placed is held back on its way',
  inShort: true,
  brokers: ['rabbitmq'],
  cancelling: 0.5,
  async run({ shop, seconds, did, expect }) {
    await seconds(2, 1)
    const held = await shop.holdBack('io.orderflow.order.placed.v1', STOCK)
    await seconds(10, 4)
    const messages = held.held()
    await held.release()
    did(`${messages} messages were overtaken by what followed them`)
    expect(messages > 0, 'No message was held back.')
  },
}

const STOCK = 'inventory-payment-service'
const CONSUMERS = ['order-service', STOCK, 'notification-chat-service']
const PARKED_MS = 30_000
/** Messages of `unreadable` that reach the stock service. */
const UNREADABLE = 2

export const poison: Scenario = {
  name: 'poison',
  faults: ['F13'],
  about: 'messages that are no JSON, no event, of no known shape, or about an order that does not exist',
  inShort: true,
  brokers: ANY_BROKER,
  async run(stage) {
    const { shop, did, expect } = stage
    const tap = await shop.openTap()
    try {
      const purchase = await aSlowOrder(stage)
      const orderId = purchase.answers[0]?.id ?? ''
      const bad = anEvent('io.orderflow.order.cancel_requested.v1', orderId, { orderId: 7 })
      const stranger = anEvent('io.orderflow.payment.captured.v1', randomUUID(), {
        orderId: 'none',
        paymentId: 'p',
        amount: 1,
        currency: 'USD',
      })
      // One by one: each a message of its own, to be put aside alone.
      for (const message of [bad, stranger, ...unreadable(orderId)]) await tap.publish([message])
      const parked = await waitForDeadLetter(shop, STOCK, bad.id)
      expect(parked !== undefined, 'An event of the wrong shape was not parked within 30 s.')
      expect(parked === undefined || parked.cause !== '', 'A parked event does not say why it is parked.')
      await cancel(purchase, 0)
      // Only that order waits; the traffic, whose orders are checked at the end, goes on.
      await pause(1000)
      expect((await shop.statusesOf([purchase]))[0] === 'cancelling', 'A later event of the order did not wait behind the parked one.')
      for (const service of CONSUMERS) await discardIfParked(shop, service, bad.id)
      expect(await shop.ended([purchase]), 'The order did not go on when the parked event was discarded.')
      await dealWithStranger(stage, stranger.id)
      const unread = (await shop.broker.unreadable(STOCK)) ?? UNREADABLE
      expect(unread >= UNREADABLE, `Of ${UNREADABLE} messages that cannot be read ${unread} are kept for somebody to look at.`)
      did('published unreadable, misshapen and unrelated messages')
    } finally {
      await tap.close()
    }
  },
}

/** A fact about an order that does not exist is tried several times, parked, tried again when told to, and given up. */
async function dealWithStranger({ shop, expect }: Stage, id: string): Promise<void> {
  const parked = await waitForDeadLetter(shop, 'order-service', id)
  expect(parked !== undefined, 'A fact about an order that does not exist was not parked within 30 s.')
  if (!parked) return
  await dealWith(shop, 'order-service', id, 'replay')
  expect((await waitForDeadLetter(shop, 'order-service', id)) !== undefined, 'What is replayed and fails again was not parked again.')
  await dealWith(shop, 'order-service', id, 'discard')
  expect(
    (await deadLetters(shop, 'order-service')).every((letter) => letter.id !== id),
    'What was discarded is still parked.',
  )
}

async function aSlowOrder({ shop, history, random }: Stage): Promise<Purchase> {
  const request = { lines: [{ sku: shop.catalogue.hot, quantity: 1 }], payment: { method: 'card', token: 'tok_slow' } as const }
  const purchase = await buy(history, random.pick(shop.customers), request)
  // Its first event is handled before the bad one comes.
  await pause(500)
  return purchase
}

function anEvent(type: CloudEvent['type'], subject: string, data: unknown): Message {
  const id = `01900000-0000-7000-8000-${randomUUID().slice(-12)}`
  const attributes = { specversion: '1.0', id, source: 'fault-suite', type, subject, time: new Date().toISOString() }
  const event = { ...attributes, datacontenttype: 'application/json', partitionkey: subject, correlationid: id, data }
  return { id, type, partitionKey: subject, body: JSON.stringify(event) }
}

function unreadable(partitionKey: string): Message[] {
  const type = 'io.orderflow.order.placed.v1'
  const unknown = 'io.orderflow.order.teleported.v1' as CloudEvent['type'] // it is none: that is the point
  return [
    { id: randomUUID(), type, partitionKey, body: 'this is not JSON' },
    { id: randomUUID(), type, partitionKey, body: '{"this is":"no CloudEvent"}' },
    { ...anEvent(unknown, partitionKey, {}), type: unknown },
  ]
}

async function waitForDeadLetter(shop: TestShop, service: string, id: string): Promise<DeadLetter | undefined> {
  let found: DeadLetter | undefined
  await waitUntil(
    async () => {
      found = (await deadLetters(shop, service)).find((letter) => letter.id === id)
      return found !== undefined
    },
    PARKED_MS,
    'not parked',
  ).catch(() => undefined) // the caller says what it means
  return found
}

async function deadLetters(shop: TestShop, service: string): Promise<DeadLetter[]> {
  return granted(await shop.operator.insist(() => shop.operations.deadLetters(service)))
}

async function discardIfParked(shop: TestShop, service: string, id: string): Promise<void> {
  const isParked = (await deadLetters(shop, service)).some((letter) => letter.id === id)
  if (isParked) await dealWith(shop, service, id, 'discard')
}

async function dealWith(shop: TestShop, service: string, id: string, what: 'replay' | 'discard'): Promise<void> {
  granted(await shop.operator.insist(() => shop.operations[what](service, id)))
}
