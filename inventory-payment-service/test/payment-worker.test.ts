import { join } from 'node:path'
import { MESSAGING_MIGRATIONS, type Outbox } from '@order-flow/messaging'
import { checkConfig, type Database, migrate, migrateScripts, silentLogger } from '@order-flow/service-kit'
import { ENGINES, type TestDatabase } from '@order-flow/service-kit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Config } from '../src/app.ts'
import type { CaptureRequest, PaymentProvider } from '../src/payment/payment-provider.ts'
import { createPaymentWorker, type PaymentWorker } from '../src/payment/payment-worker.ts'

const CAPTURED = { status: 'captured' } as const
const NO_OUTBOX: Outbox = { add: async () => undefined, ageMs: () => 0, start: () => undefined, stop: async () => undefined }

/** A provider that the test plays, and the calls it got. */
function playedProvider(play: Partial<PaymentProvider>) {
  const calls: string[] = []
  const provider: PaymentProvider = {
    capture: async (request, signal) => {
      calls.push(`capture ${request.key}`)
      return (await play.capture?.(request, signal)) ?? CAPTURED
    },
    refund: async (request, signal) => {
      calls.push(`refund ${request.key}`)
      await play.refund?.(request, signal)
    },
    find: async (key, signal) => {
      calls.push(`find ${key}`)
      return play.find?.(key, signal)
    },
  }
  return { provider, calls }
}

describe.each(ENGINES)('the payment worker on $name', (engine) => {
  let opened: TestDatabase
  let workers: PaymentWorker[]
  beforeEach(async () => {
    workers = []
    opened = await engine.open()
    await migrate(opened.db, join(import.meta.dirname, '..', 'migrations'))
    await migrateScripts(opened.db, MESSAGING_MIGRATIONS)
  })
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop()))
    await opened.remove()
  })

  function start(provider: PaymentProvider, settings: object = {}, db: Database = opened.db): PaymentWorker {
    const { payments: config } = checkConfig(Config, { payments: { retryBaseMs: 1, retryMaxMs: 20, ...settings } }, () => 'the test')
    const worker = createPaymentWorker({ db, outbox: NO_OUTBOX, provider, config, logger: silentLogger })
    worker.start()
    workers.push(worker)
    return worker
  }

  /** Payments that are to be made, due at that time. */
  async function insertDue(ids: readonly string[], dueAt = new Date().toISOString()): Promise<void> {
    const rest = { payment_id: 'p', amount: 100, currency: 'EUR', refunded: 0, token: 'tok_visa', attempts: 0, cause: '{}', units: '{}' }
    await opened.db.transaction((tx) =>
      tx.insert(
        'checkouts',
        ids.map((id) => ({ order_id: id, status: 'reserved', due_at: dueAt, updated_at: dueAt, ...rest })),
      ),
    )
  }

  const statuses = () => opened.db.all<{ order_id: string; status: string }>('select order_id, status from checkouts order by order_id')
  const allAre = async (status: string) => (await statuses()).every((row) => row.status === status)
  const untilAllAre = (status: string) => expect.poll(() => allAre(status), { timeout: 5000, interval: 10 }).toBe(true)

  test('asks what became of a call that got no answer, and makes it again only when it never arrived', async () => {
    const silent = new Set(['arrived', 'lost'])
    const { provider, calls } = playedProvider({
      async capture({ key }: CaptureRequest) {
        if (silent.delete(key)) throw new Error('no answer')
        return CAPTURED
      },
      find: async (key) => (key === 'arrived' ? CAPTURED : undefined),
    })
    await insertDue(['arrived', 'lost'])
    start(provider)
    await untilAllAre('paid')
    expect(calls.filter((call) => call.endsWith(' arrived'))).toEqual(['capture arrived', 'find arrived'])
    expect(calls.filter((call) => call.endsWith(' lost'))).toEqual(['capture lost', 'find lost', 'capture lost'])
  })

  test('waits for a payment that the provider is still at work on', async () => {
    let asked = 0
    const { provider, calls } = playedProvider({
      capture: () => Promise.reject(new Error('no answer')),
      async find() {
        asked += 1
        return asked < 4 ? { status: 'pending' } : { status: 'declined', code: 'declined' }
      },
    })
    await insertDue(['o1'])
    start(provider)
    await untilAllAre('declined')
    expect(calls).toEqual(['capture o1', ...Array.from({ length: 4 }, () => 'find o1')])
  })

  test('a call that takes too long is given up and asked about', async () => {
    const { provider, calls } = playedProvider({
      capture: (_request, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('gave up')))),
      find: async () => CAPTURED,
    })
    await insertDue(['o1'])
    start(provider, { timeoutMs: 20 })
    await untilAllAre('paid')
    expect(calls).toEqual(['capture o1', 'find o1'])
  })

  test('a stop hands back what is under way and what waits, and the next takes it up without waiting for a lease', async () => {
    const ids = Array.from({ length: 5 }, (_order, index) => `o${index}`)
    const hanging = playedProvider({
      capture: (_request, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('gave up')))),
    })
    await insertDue(ids)
    const first = start(hanging.provider, { maxConcurrent: 2, leaseMs: 3_600_000 })
    await expect.poll(() => hanging.calls.length, { timeout: 5000 }).toBe(2)
    await first.stop()
    expect(await allAre('reserved')).toBe(true)
    const { provider, calls } = playedProvider({ find: async () => undefined })
    start(provider, { leaseMs: 3_600_000 })
    await untilAllAre('paid')
    expect(calls.filter((call) => call.startsWith('capture')).toSorted()).toEqual(ids.map((id) => `capture ${id}`))
  })

  test.runIf(engine.shared)('two of them do not ask for the same payment, until the lease of one is over', async () => {
    const ids = Array.from({ length: 100 }, (_order, index) => `o${index}`)
    const { provider, calls } = playedProvider({ capture: () => new Promise((resolve) => setTimeout(() => resolve(CAPTURED), 20)) })
    await insertDue(ids)
    start(provider, { maxConcurrent: 10 })
    start(provider, { maxConcurrent: 10 }, await opened.connect())
    await untilAllAre('paid')
    expect(calls.toSorted()).toEqual(ids.map((id) => `capture ${id}`).toSorted())

    await insertDue(['leased'], new Date(Date.now() + 400).toISOString())
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(calls).not.toContain('capture leased')
    await untilAllAre('paid')
    expect(calls.filter((call) => call === 'capture leased')).toHaveLength(1)
  })

  test.runIf(!engine.shared)('what was leased to a process that is gone is taken up at the next start', async () => {
    const { provider, calls } = playedProvider({})
    await insertDue(['o1'], new Date(Date.now() + 3_600_000).toISOString())
    start(provider)
    await untilAllAre('paid')
    expect(calls).toEqual(['capture o1'])
  })

  test('a late answer, or a late word that there is none, changes nothing that is settled', async () => {
    const answers: (() => void)[] = []
    const slow = playedProvider({
      capture: ({ key }) =>
        new Promise((resolve, reject) => {
          answers.push(() => (key === 'answered' ? resolve({ status: 'declined', code: 'declined' }) : reject(new Error('no answer'))))
        }),
    })
    await insertDue(['answered', 'silent'])
    start(slow.provider)
    await expect.poll(() => answers.length, { timeout: 5000 }).toBe(2)
    await opened.db.transaction((tx) => tx.run("update checkouts set status = 'paid', due_at = null, token = null"))
    for (const answer of answers) answer()
    await workers[0]?.stop()
    const settled = { status: 'paid', due_at: null, attempts: 0 }
    expect(await opened.db.all('select status, due_at, attempts from checkouts')).toEqual([settled, settled])
  })
})
