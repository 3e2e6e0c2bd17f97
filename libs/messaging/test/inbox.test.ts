import type { CloudEvent } from '@order-flow/contracts'
import { AppError, type Database } from '@order-flow/service-kit'
import { ENGINES } from '@order-flow/service-kit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventHandlers } from '../src/index.ts'
import { anEvent, openTestInbox, stepOf, until } from './parts.ts'

describe.each(ENGINES)('the inbox on $name', (engine) => {
  let opened: Awaited<ReturnType<typeof engine.open>>
  let db: Database
  let fails: (event: CloudEvent) => Error | undefined
  const now = () => new Date().toISOString()

  const handlers: EventHandlers = {
    'io.orderflow.checkout.reversed.v1': async (tx, events) => {
      for (const event of events) {
        const error = fails(event)
        if (error) throw error
      }
      const [last] = await tx.all<{ count: number }>('select count(*) as count from effects')
      await tx.insert(
        'effects',
        events.map((event, index) => ({ event_id: event.id, position: (last?.count ?? 0) + index, step: stepOf(event) })),
      )
    },
  }
  const effects = async () => (await db.all<{ step: string }>('select step from effects order by position')).map((row) => row.step)

  beforeEach(async () => {
    opened = await engine.open()
    db = opened.db
    fails = () => undefined
    await db.transaction((tx) => tx.script('create table effects (event_id text not null, position bigint not null, step text not null)'))
  })
  afterEach(() => opened.remove())

  test('an event that comes again, in another batch or twice in one, has its effect once', async () => {
    const inbox = await openTestInbox(db, handlers)
    const event = anEvent('o1')
    await inbox.handle([event, event])
    await inbox.handle([anEvent('o2'), event])
    expect(await effects()).toEqual(['o1:1', 'o2:1'])
  })

  test('a repeat that its handler would refuse is no failure: nothing of it stays, and the new ones beside it have their effect', async () => {
    const handled = new Set<string>()
    const strict: EventHandlers = {
      'io.orderflow.checkout.reversed.v1': async (tx, events) => {
        if (events.some(({ id }) => handled.has(id))) throw new AppError('conflict', 'This has been handled before.')
        await handlers['io.orderflow.checkout.reversed.v1']?.(tx, events)
        tx.afterCommit(() => {
          for (const { id } of events) handled.add(id)
        })
      },
    }
    const inbox = await openTestInbox(db, strict)
    const event = anEvent('o1', 1)
    await inbox.handle([event])
    await inbox.handle([event, anEvent('o1', 2)])
    await inbox.handle([event])
    expect(await effects()).toEqual(['o1:1', 'o1:2'])
    expect(await db.all('select event_id from delayed_events')).toEqual([])
  })

  test('events of one order take effect in order, also within a batch', async () => {
    const inbox = await openTestInbox(db, handlers)
    await inbox.handle([anEvent('o1', 1), anEvent('o2', 1), anEvent('o1', 2), anEvent('o1', 3)])
    expect((await effects()).filter((step) => step.startsWith('o1'))).toEqual(['o1:1', 'o1:2', 'o1:3'])
  })

  test('a handler that fails twice and then succeeds has its effect once', async () => {
    let failures = 2
    fails = () => (failures-- > 0 ? new Error('flaky') : undefined)
    const inbox = await openTestInbox(db, handlers)
    await inbox.handle([anEvent('o1')])
    expect(await effects()).toEqual([])
    inbox.start()
    await until(async () => (await effects()).length === 1, 'the effect')
    expect(await inbox.delayed.parked()).toEqual([])
    await inbox.stop()
  })

  test('a poison event is parked with its cause after its tries; only its own order waits, in order', async () => {
    fails = (event) => (stepOf(event) === 'bad:1' ? new Error('cannot be handled') : undefined)
    const inbox = await openTestInbox(db, handlers)
    await inbox.handle([anEvent('good', 1), anEvent('bad', 1), anEvent('bad', 2), anEvent('good', 2)])
    inbox.start()
    await until(async () => (await inbox.delayed.parked()).length === 1, 'parked')
    await inbox.handle([anEvent('bad', 3), anEvent('good', 3)])
    expect(await effects()).toEqual(['good:1', 'good:2', 'good:3'])
    expect(await inbox.delayed.parked()).toMatchObject([{ subject: 'bad', attempts: 3, cause: 'cannot be handled', waitingBehind: 2 }])
    await inbox.stop()
  })

  test('a replayed event and those behind it take effect in order once the handler is mended, also after a restart', async () => {
    fails = (event) => (stepOf(event) === 'bad:1' ? new AppError('conflict', 'does not fit') : undefined)
    const first = await openTestInbox(db, handlers)
    await first.handle([anEvent('bad', 1)])
    await first.handle([anEvent('bad', 2), anEvent('bad', 3)])
    const [parked] = await first.delayed.parked()
    expect(parked).toMatchObject({ attempts: 1, cause: 'does not fit' })

    db = await opened.reopen()
    fails = () => undefined
    const inbox = await openTestInbox(db, handlers)
    inbox.start()
    await inbox.delayed.replay(parked?.id ?? '', now())
    await until(async () => (await effects()).length === 3, 'all three')
    expect(await effects()).toEqual(['bad:1', 'bad:2', 'bad:3'])
    await inbox.stop()
  })

  test('a discarded event never takes effect, also when it comes again, and those behind it go on', async () => {
    const bad = anEvent('bad', 1)
    fails = (event) => (event.id === bad.id ? new AppError('invalid', 'nonsense') : undefined)
    const inbox = await openTestInbox(db, handlers)
    await inbox.handle([bad, anEvent('bad', 2)])
    inbox.start()
    await inbox.delayed.discard(bad.id, now())
    await until(async () => (await effects()).length === 1, 'the one behind')
    await inbox.handle([bad])
    expect(await effects()).toEqual(['bad:2'])
    await expect(inbox.delayed.discard(bad.id, now())).rejects.toMatchObject({ code: 'not_found' })
    await inbox.stop()
  })

  test('an event whose data is not what its type promises is parked at once', async () => {
    const inbox = await openTestInbox(db, handlers)
    const broken = { ...anEvent('o1'), data: { orderId: 'o1', refunded: 'all' } } as unknown as CloudEvent // broken on purpose
    await inbox.handle([broken])
    expect(await inbox.delayed.parked()).toMatchObject([
      { attempts: 1, cause: 'The data of io.orderflow.checkout.reversed.v1: refunded must be integer.' },
    ])
  })
})
