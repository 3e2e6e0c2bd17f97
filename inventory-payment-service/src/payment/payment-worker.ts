import type { Outbox } from '@order-flow/messaging'
import { AppError, backoffMs, createBatcher, type Database, type Logger, messageOf, type Tx } from '@order-flow/service-kit'
import { type PaymentOutcome, settlePayment, settleRefund } from '../checkout/checkout.ts'
import { type ProviderWork, saveSteps, type TakenStep } from '../checkout/checkout-steps.ts'
import { type CheckoutRecord, findDuePayments, lockCheckouts, postponePayment } from '../checkout/checkout-store.ts'
import { closeRefunds, findDueRefunds, lockOpenRefunds, postponeRefund, type RefundRecord } from '../checkout/refund-store.ts'
import type { Config } from '../config.ts'
import type { PaymentProvider } from './payment-provider.ts'

export interface PaymentWorkerParts {
  db: Database
  outbox: Outbox
  provider: PaymentProvider
  config: Config['payments']
  logger: Logger
}

export interface PaymentWorker {
  /** Takes work that has just been committed; what does not fit in memory is found by the sweep. */
  add(work: ProviderWork): void
  start(): void
  stop(): Promise<void>
}

const SWEEP_MS = 250
const MAX_PER_SWEEP = 1000
const MAX_SETTLE_BATCH = 300

type Job = { kind: 'payment'; id: string; record: CheckoutRecord } | { kind: 'refund'; id: string; record: RefundRecord }

/**
 * Asks the payment provider, never inside a transaction, and settles the answers in batches. Work is durable before it
 * gets here: after a crash the sweep finds it and asks again with the same key. No answer: asked again with backoff,
 * for ever, since giving up could lose a customer's money; the order asks for attention meanwhile.
 */
export function createPaymentWorker({ db, outbox, provider, config, logger }: PaymentWorkerParts): PaymentWorker {
  const known = new Set<string>()
  const waiting: Job[] = []
  const calls = new Set<AbortController>()
  let running = 0
  let stopping = false
  let timer: NodeJS.Timeout | undefined
  let sweeping: Promise<void> | undefined
  let idle: (() => void) | undefined
  const maxWaiting = config.maxConcurrent * 20

  const paymentSettler = createBatcher<{ orderId: string; outcome: PaymentOutcome }, undefined>({
    maxBatch: MAX_SETTLE_BATCH,
    maxWaiting: Number.POSITIVE_INFINITY, // bounded by maxConcurrent
    run: (answers) => db.transaction((tx) => settlePayments(tx, answers)),
  })
  const refundSettler = createBatcher<RefundRecord, undefined>({
    maxBatch: MAX_SETTLE_BATCH,
    maxWaiting: Number.POSITIVE_INFINITY, // bounded by maxConcurrent
    run: (records) => db.transaction((tx) => settleRefunds(tx, records)),
  })

  function add({ payments, refunds }: ProviderWork): void {
    for (const record of payments) enqueue({ kind: 'payment', id: record.checkout.orderId, record })
    for (const record of refunds) enqueue({ kind: 'refund', id: record.refund.id, record })
    pump()
  }

  function enqueue(job: Job): void {
    if (waiting.length >= maxWaiting || known.has(job.id)) return
    known.add(job.id)
    waiting.push(job)
  }

  function pump(): void {
    while (!stopping && running < config.maxConcurrent) {
      const job = waiting.shift()
      if (!job) return
      running += 1
      void execute(job).finally(() => {
        running -= 1
        known.delete(job.id)
        if (running === 0) idle?.()
        pump()
      })
    }
  }

  /** Never rejects: whatever fails is tried again by the sweep. */
  async function execute(job: Job): Promise<void> {
    try {
      if (job.kind === 'payment') await pay(job.record)
      else await refund(job.record)
    } catch (error) {
      logger.warn(
        { kind: job.kind, id: job.id, attempts: job.record.attempts + 1, reason: messageOf(error) },
        'payment provider gave no outcome, asking again',
      )
      await postpone(job).catch((failure: unknown) => logger.error({ id: job.id, err: failure }, 'payment cannot be postponed'))
    }
  }

  async function pay({ checkout: { orderId, amount, currency }, token }: CheckoutRecord): Promise<void> {
    const asked = { key: orderId, token: token ?? '', amount, currency }
    const outcome = amount === 0 ? ({ status: 'captured' } as const) : await inTime((signal) => provider.capture(asked, signal))
    await paymentSettler.submit({ orderId, outcome })
  }

  async function refund(record: RefundRecord): Promise<void> {
    const { id, orderId, amount } = record.refund
    await inTime((signal) => provider.refund({ key: id, paymentKey: orderId, amount }, signal))
    await refundSettler.submit(record)
  }

  /** Aborts a call that takes too long. Not AbortSignal.timeout: its timer would outlive each call and hold its memory. */
  async function inTime<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController()
    calls.add(controller)
    const timer = setTimeout(() => controller.abort(), config.timeoutMs)
    try {
      return await call(controller.signal)
    } finally {
      clearTimeout(timer)
      calls.delete(controller)
    }
  }

  async function settlePayments(tx: Tx, answers: { orderId: string; outcome: PaymentOutcome }[]): Promise<undefined[]> {
    const records = await lockCheckouts(
      tx,
      answers.map(({ orderId }) => orderId),
    )
    const steps = answers.map(({ orderId, outcome }): TakenStep => {
      const record = records.get(orderId)
      if (!record) throw new AppError('internal', `The payment of order ${orderId} has an outcome but no checkout.`)
      return { orderId, record, step: settlePayment(record.checkout, outcome), cause: record.cause }
    })
    const work = await saveSteps(tx, outbox, steps)
    tx.afterCommit(() => add(work))
    return answers.map(() => undefined)
  }

  async function settleRefunds(tx: Tx, candidates: RefundRecord[]): Promise<undefined[]> {
    const open = await lockOpenRefunds(
      tx,
      candidates.map(({ refund: { id } }) => id),
    )
    const records = candidates.filter(({ refund: { id } }) => open.has(id))
    const checkouts = await lockCheckouts(
      tx,
      records.map(({ refund: { orderId } }) => orderId),
    )
    const steps = records.map(({ refund: made, cause }): TakenStep => {
      const record = checkouts.get(made.orderId)
      if (!record) throw new AppError('internal', `Refund ${made.id} has no checkout.`)
      const step = settleRefund(record.checkout, made)
      // One batch may hold several refunds of one order: each builds on the one before.
      checkouts.set(made.orderId, { ...record, checkout: step.checkout })
      return { orderId: made.orderId, record, step, cause }
    })
    await saveSteps(tx, outbox, steps)
    await closeRefunds(
      tx,
      records.map(({ refund: { id } }) => id),
      new Date().toISOString(),
    )
    return candidates.map(() => undefined)
  }

  async function postpone(job: Job): Promise<void> {
    const attempts = job.record.attempts + 1
    const dueAt = new Date(Date.now() + backoffMs(attempts, config.retryBaseMs, config.retryMaxMs)).toISOString()
    await db.transaction((tx) =>
      job.kind === 'payment'
        ? postponePayment(tx, { orderId: job.id, attempts, dueAt })
        : postponeRefund(tx, { id: job.id, attempts, dueAt }),
    )
  }

  async function sweep(): Promise<void> {
    if (waiting.length >= maxWaiting / 2) return
    const at = new Date().toISOString()
    add({ payments: await findDuePayments(db, at, MAX_PER_SWEEP), refunds: await findDueRefunds(db, at, MAX_PER_SWEEP) })
  }

  return {
    add,
    start() {
      timer = setInterval(() => {
        sweeping ??= sweep()
          .catch((error: unknown) => logger.error({ err: error }, 'due payments cannot be read'))
          .finally(() => {
            sweeping = undefined
          })
      }, SWEEP_MS)
    },
    async stop() {
      stopping = true
      clearInterval(timer)
      await sweeping
      // Whoever is asked now is asked again after the next start, with the same key.
      for (const call of calls) call.abort()
      if (running > 0) {
        await new Promise<void>((resolve) => {
          idle = resolve
        })
      }
    },
  }
}
