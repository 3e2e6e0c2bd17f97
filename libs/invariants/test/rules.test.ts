import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Audit, openAudit, type Result, RULES } from '../src/index.ts'
import { BREAKS } from './breaks.ts'
import { runHealthyShop, type ShopRecord } from './healthy-shop.ts'
import { PLACE_ENGINES, type Place } from './places.ts'

const broken = (results: readonly Result[]) => results.filter(({ holds }) => !holds)
const nameOf = ({ id, rule }: { id: string; rule: string }) => `${id} ${rule}`

describe.each(PLACE_ENGINES)('the rules on $name', (engine) => {
  let place: Place
  let record: ShopRecord
  let audit: Audit
  let checkedWhileOpen = 0
  const brokenWhileOpen: Result[] = []

  beforeAll(async () => {
    place = await engine.make()
    audit = openAudit(place.where)
    let isOver = false
    let watching: Promise<void> | undefined
    async function watch(): Promise<void> {
      while (!isOver) {
        brokenWhileOpen.push(...broken(await audit.check()))
        checkedWhileOpen += 1
        await pause(10)
      }
    }
    record = await runHealthyShop(place.shop, () => {
      watching = watch()
    })
    isOver = true
    await watching
  }, 60_000)
  afterAll(() => place.remove())

  /** What a check finds after the databases were tampered with. */
  async function findBroken(sql: string, options: Parameters<Audit['check']>[0] = { atRest: true }): Promise<Result[]> {
    const copy = await place.copy()
    try {
      await copy.tamper(sql)
      return broken(await openAudit(copy.where).check(options))
    } finally {
      await copy.remove()
    }
  }

  test('those for a running shop hold at every moment of its work', () => {
    expect(brokenWhileOpen).toEqual([])
    expect(checkedWhileOpen).toBeGreaterThan(3)
  })

  test('all hold when the work is done', async () => {
    const report = await audit.report({ atRest: true })
    expect(broken(report.rules)).toEqual([])
    expect(report).toMatchObject({ holds: true, atRest: true, orders: record.sentKeys.length - 4 })
    expect(report.notChecked.map(({ id }) => id)).toContain('I16')
  })

  test.each(BREAKS)('$what: $breaks', async ({ sql, breaks }) => {
    const found = await findBroken(sql)
    const names = found.map((result) => breaks.find((name) => nameOf(result).startsWith(name)) ?? nameOf(result))
    expect(names.sort().join('\n')).toBe([...breaks].sort().join('\n'))
    for (const { offenders } of found) expect(offenders.length).toBeGreaterThan(0)
  })

  test('an offender of I17 is named without its secret', async () => {
    const { sql = '' } = BREAKS.find(({ what }) => what.startsWith('a card number')) ?? {}
    const [found] = await findBroken(sql)
    expect(found?.offenders).toEqual([{ place: 'order_service.order_events.detail', id: expect.any(String) }])
  })

  test('a number that is no card’s is none', async () => {
    const detail = 'my number is 4242 4242 4242 4243'
    expect(await findBroken(`update order_service.order_events set detail = '${detail}' where detail is not null`)).toEqual([])
  })

  test('a check of recent orders looks at no others, and says what it leaves out', async () => {
    const { sql = '' } = BREAKS.find(({ what }) => what.startsWith('an order names another')) ?? {}
    const anHourAgo = new Date(Date.now() - 3_600_000)
    expect((await findBroken(sql, { since: anHourAgo })).map(({ id }) => id)).toEqual(['I5'])
    expect(await findBroken(sql, { since: new Date(Date.now() + 60_000) })).toEqual([])
    expect((await audit.report({ since: anHourAgo, maxOrders: 1 })).orders).toBe(1)
    const { rules, notChecked } = await audit.report({ since: anHourAgo })
    expect(broken(rules)).toEqual([])
    expect(notChecked.filter(({ why }) => why.endsWith('needs all of the history')).length).toBeGreaterThan(3)
  })

  describe('what clients were told', () => {
    test('is what there is', async () => {
      expect(broken(await audit.checkHistory(record))).toEqual([])
    })

    test('an accepted order that is not there, or is another', async () => {
      const [order] = record.accepted
      if (!order) throw new Error('no order')
      const found = await audit.checkHistory({
        accepted: [{ ...order, orderId: '01980000-0000-7000-8000-000000000000', key: 'lost' }, { ...order, total: 1 }, order],
      })
      const [missing] = broken(found)
      expect(missing).toMatchObject({ id: 'I9', found: 2 })
      expect(missing?.offenders).toContainEqual(expect.objectContaining({ key: 'lost', total: null }))
      expect(missing?.offenders).toContainEqual(expect.objectContaining({ order_id: order.orderId, told: 1, total: order.total }))
    })

    test('two orders for one key, and answers that differ', async () => {
      const [order, , other] = record.accepted
      if (!order || !other) throw new Error('no orders')
      const found = await audit.checkHistory({ accepted: [order, { ...order, body: 'something else' }, { ...other, key: order.key }] })
      expect(broken(found).map(({ id, found: count }) => [id, count])).toEqual([
        ['I9', 1],
        ['I14', 2],
      ])
    })

    test('an order that nobody asked for', async () => {
      const found = await audit.checkHistory({ ...record, sentKeys: record.sentKeys.slice(1) })
      // The first key was sent twice.
      expect(broken(found)).toEqual([])
      const [, , , key = ''] = record.sentKeys
      const less = await audit.checkHistory({ ...record, sentKeys: record.sentKeys.filter((sent) => sent !== key) })
      expect(broken(less)).toMatchObject([{ id: 'I9', found: 1, offenders: [{ key }] }])
    })
  })
})

test('every rule is broken by one of the tests', () => {
  const covered = BREAKS.flatMap(({ breaks }) => breaks)
  expect(RULES.map(nameOf).filter((name) => !covered.some((beginning) => name.startsWith(beginning)))).toEqual([])
})
