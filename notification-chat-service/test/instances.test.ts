import type { ChatMessage, CloudEvent, Conversation, MessagePage } from '@order-flow/contracts'
import { toMessage } from '@order-flow/messaging'
import { newId } from '@order-flow/service-kit'
import { ENGINES, type TestDatabase } from '@order-flow/service-kit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aQuestion, messageIn, orderPlaced, type RunningService, runService } from './running-service.ts'

const ANN = 'ann:customer'
const AGENT = 'meg:agent'
const SHARED = ENGINES.filter((engine) => engine.shared)

// Each instance has a message queue of its own here: the test decides which of them handles an event.
describe.each(SHARED)('two instances of notification-chat-service on one $name database', (engine) => {
  let database: TestDatabase
  let one: RunningService
  let other: RunningService

  beforeEach(async () => {
    database = await engine.open()
    await start({})
  })
  afterEach(async () => {
    await Promise.all([one.stop(), other.stop()])
    await database.remove()
  })

  async function start(settings: Record<string, unknown>): Promise<void> {
    ;[one, other] = await Promise.all([runService(database, { settings }), runService(database, { settings })])
  }

  const tell = (service: RunningService, events: readonly CloudEvent[]) => service.broker.publish(events.map(toMessage))
  const placedFor = (customers: readonly string[]) => customers.map((customerId) => orderPlaced({ customerId }))
  const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_offset, index) => from + index)

  /** What a customer gets who comes back with the last offset whenever the service asks for it. */
  async function followed(service: RunningService, total: number): Promise<(number | undefined)[]> {
    const seen: (number | undefined)[] = []
    while (seen.length < total) {
      const socket = await service.connect(ANN)
      socket.send({ type: 'subscribe', topic: 'user:me', after: seen.length })
      const isOver = () => socket.frames.some(({ type }) => type === 'bye')
      await socket.until(() => isOver() || socket.offsets().length >= total - seen.length)
      socket.end()
      seen.push(...socket.offsets())
    }
    return seen
  }

  test("a customer's sockets on both get every notification once and in order, whichever handled it", async () => {
    const customers = Array.from({ length: 10 }, (_customer, index) => `c${index}`)
    const sockets = await Promise.all(
      customers.flatMap((customer) => [one, other].map((service) => service.connect(`${customer}:customer`))),
    )
    await Promise.all(sockets.map((socket) => socket.subscribe('user:me', 0)))
    for (let round = 0; round < 20; round += 1) {
      await Promise.all([tell(one, placedFor([...customers, ...customers])), tell(other, placedFor(customers.toReversed()))])
    }
    await Promise.all(sockets.map((socket) => socket.until(() => socket.offsets().length >= 60)))
    for (const socket of sockets) expect(socket.offsets()).toEqual(run(1, 60))
    const ids = sockets.map((socket) =>
      socket.events().map(({ event }) => (event.kind === 'notification' ? event.notification.id : undefined)),
    )
    for (const [index, seen] of ids.entries()) {
      expect(new Set(seen).size).toBe(60)
      if (index % 2) expect(seen).toEqual(ids[index - 1])
    }
  })

  test('nothing is lost or doubled when the server cuts every connection meanwhile, those for signals too', async () => {
    const following = [one, other].map((service) => followed(service, 30))
    for (let round = 0; round < 10; round += 1) {
      const telling = [tell(one, placedFor(['ann', 'ben', 'ann'])), tell(other, placedFor(['ann']))]
      if (round % 3 === 1) {
        await database.db.all(
          'select pg_terminate_backend(pid) as ended from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()',
          [database.config.schema],
        )
      }
      await Promise.all(telling)
    }
    for (const offsets of await Promise.all(following)) expect(offsets).toEqual(run(1, 30))
  })

  test('operators on either see the orders that the other handled', async () => {
    const operator = await other.connect('oli:operator')
    await operator.subscribe('orders')
    await tell(one, placedFor(['ann', 'ben', 'ann']))
    await tell(other, placedFor(['cat']))
    await operator.until(() => operator.events().length === 4)
    expect(operator.offsets()).toEqual(run(1, 4).map(() => undefined))
  })

  test('the same first message sent to both at once opens one conversation', async () => {
    for (let round = 0; round < 5; round += 1) {
      const question = aQuestion()
      const answers = await Promise.all([one, other].map((service) => service.call(ANN, 'POST', '/api/conversations', question)))
      expect(answers.map(({ status }) => status)).toEqual([201, 201])
      expect(answers[0]?.body).toEqual(answers[1]?.body)
    }
  })

  test('what both sides write through both instances at once is one history, the same for all', async () => {
    const socketOf = async (service: RunningService, user: string, topic: string) => {
      const socket = await service.connect(user)
      await socket.subscribe(topic, 0)
      return socket
    }
    const sockets = await Promise.all([
      socketOf(one, ANN, 'user:me'),
      socketOf(other, ANN, 'user:me'),
      socketOf(one, AGENT, 'support'),
      socketOf(other, AGENT, 'support'),
    ])
    const opened = await one.call(ANN, 'POST', '/api/conversations', aQuestion())
    const { conversation } = opened.body as { conversation: Conversation } // checked by the response schema
    const path = `/api/conversations/${conversation.id}/messages`
    const sent = Array.from({ length: 8 }, (_message, index) => ({ body: `Message ${index}`, clientId: newId() }))
    // Each message goes to both instances, as one that is sent again after a lost connection.
    const posts = sent.flatMap((message, index) =>
      [one, other].map((service) => service.call(index % 2 ? ANN : AGENT, 'POST', path, message)),
    )
    const answers = await Promise.all(posts)
    expect(answers.map(({ status }) => status)).toEqual(posts.map(() => 201))
    const { messages } = (await other.call(ANN, 'GET', path)).body as MessagePage // checked by the response schema
    expect(messages.map(({ position }) => position)).toEqual(run(1, 9))
    await Promise.all(sockets.map((socket) => socket.until(() => socket.offsets().length >= 9)))
    for (const socket of sockets) {
      expect(socket.offsets()).toEqual(run(1, 9))
      expect(socket.events().map((frame): ChatMessage | undefined => messageIn(frame))).toEqual(messages)
    }
  })

  test('the limit of conversations in an hour counts those of both', async () => {
    await Promise.all([one.stop(), other.stop()])
    await start({ chat: { conversationsPerHour: 3 } })
    const opening = Array.from({ length: 10 }, (_conversation, index) =>
      (index % 2 ? one : other).call(ANN, 'POST', '/api/conversations', aQuestion()),
    )
    const statuses = (await Promise.all(opening)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(3)
    expect(statuses.filter((status) => status === 429)).toHaveLength(7)
  })
})
