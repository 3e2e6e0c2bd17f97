import type { NotificationPage } from '@order-flow/contracts'
import { createEvent, toMessage } from '@order-flow/messaging'
import { ENGINES, type TestDatabase } from '@order-flow/service-kit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { orderPlaced, type RunningService, runService } from './running-service.ts'

describe.each(ENGINES)('notifications on $name', (engine) => {
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

  async function notificationsOf(user: string, query = ''): Promise<NotificationPage> {
    const { status, body } = await service.call(user, 'GET', `/api/notifications${query}`)
    expect(status).toBe(200)
    return body as NotificationPage // checked by the response schema
  }

  test('every change of an order becomes a notification of its customer, newest first', async () => {
    const placed = orderPlaced({ customerId: 'ann', orderId: 'o1', number: 'OF-7' })
    const facts = { orderId: 'o1', number: 'OF-7', customerId: 'ann', version: 2, currency: 'EUR', totals: { items: 1, total: 1 } }
    const rejected = createEvent('order-service', {
      type: 'io.orderflow.order.rejected.v1',
      subject: 'o1',
      data: { ...facts, status: 'rejected', reason: 'out_of_stock', detail: 'Only 1 left.' },
      at: new Date('2026-05-01T10:00:00.000Z'),
    })
    await service.broker.publish([placed, rejected].map(toMessage))
    const { notifications, nextBefore } = await notificationsOf('ann:customer')
    expect(nextBefore).toBeNull()
    expect(notifications.map(({ offset, eventType }) => [offset, eventType])).toEqual([
      [2, 'io.orderflow.order.rejected.v1'],
      [1, 'io.orderflow.order.placed.v1'],
    ])
    expect(notifications[0]).toEqual({
      id: rejected.id,
      kind: 'order',
      orderId: 'o1',
      orderNumber: 'OF-7',
      orderVersion: 2,
      status: 'rejected',
      eventType: 'io.orderflow.order.rejected.v1',
      detail: 'Only 1 left.',
      at: '2026-05-01T10:00:00.000Z',
      offset: 2,
    })
  })

  test('an event that is delivered twice is stored and pushed once', async () => {
    const client = await service.connect('ann:customer')
    await client.subscribe('user:me')
    const event = orderPlaced({ customerId: 'ann' })
    await service.broker.publish([event, event].map(toMessage))
    await service.broker.publish([event, orderPlaced({ customerId: 'ann' })].map(toMessage))
    await client.until(() => client.offsets().length === 2)
    expect(client.offsets()).toEqual([1, 2])
    expect((await notificationsOf('ann:customer')).notifications).toHaveLength(2)
  })

  test('notifications come page by page, and only to the one they are for', async () => {
    await service.broker.publish(Array.from({ length: 5 }, () => orderPlaced({ customerId: 'ann' })).map(toMessage))
    await service.broker.publish([orderPlaced({ customerId: 'ben' })].map(toMessage))
    const first = await notificationsOf('ann:customer', '?limit=3')
    expect(first.notifications.map(({ offset }) => offset)).toEqual([5, 4, 3])
    const second = await notificationsOf('ann:customer', `?limit=3&before=${first.nextBefore}`)
    expect(second.notifications.map(({ offset }) => offset)).toEqual([2, 1])
    expect((await notificationsOf('ben:customer')).notifications).toHaveLength(1)
  })

  test('nobody sees notifications without a sign-in', async () => {
    const response = await fetch(`${service.url}/api/notifications`)
    expect(response.status).toBe(401)
  })

  test('notifications and offsets survive a restart', async () => {
    await service.broker.publish([orderPlaced({ customerId: 'ann' }), orderPlaced({ customerId: 'ann' })].map(toMessage))
    await service.stop()
    service = await runService(opened)
    const client = await service.connect('ann:customer')
    await client.subscribe('user:me', 1)
    await service.broker.publish([orderPlaced({ customerId: 'ann' })].map(toMessage))
    await client.until(() => client.offsets().length === 2)
    expect(client.offsets()).toEqual([2, 3])
  })

  test('the numbers tell of sockets, frames and the time to the push', async () => {
    const client = await service.connect('ann:customer')
    await client.subscribe('user:me')
    await service.broker.publish([orderPlaced({ customerId: 'ann' })].map(toMessage))
    const text = await (await fetch(`${service.url}/actuator/prometheus`)).text()
    expect(text).toMatch(/live_sockets_open\{[^}]*\} 1\n/)
    expect(text).toMatch(/live_frames_sent_total\{[^}]*\} 3\n/)
    expect(text).toMatch(/live_event_to_push_seconds_count\{[^}]*\} 1\n/)
  })
})
