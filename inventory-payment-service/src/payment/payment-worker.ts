import { AppError, backoffMs, type Database, type Logger, messageOf } from '@order-flow/service-kit'
import type { PaymentOutcome } from '../checkout/checkout.ts'
import type { ProviderWork } from '../checkout/checkout-steps.ts'
import { type CheckoutRecord, claimDuePayments, hasDuePayments } from '../checkout/checkout-store.ts'
import { claimDueRefunds, hasDueRefunds, type RefundRecord } from '../checkout/refund-store.ts'
import type { Config } from '../config.ts'
import { createJobQueue } from './job-queue.ts'
import type { PaymentProvider } from './payment-provider.ts'
import { createSettlement, type SettlementParts } from './settlement.ts'

export interface PaymentWorkerParts {
  db: Database
  outbox: SettlementParts['outbox']
  provider: PaymentProvider
  config: Config['payments']
  logger: Logger
}

export interface PaymentWorker {
  /** Takes work that has just been committed; what does not fit in memory is found by a sweep, of whichever instance. */
  add(work: ProviderWork): void
  /** When work that is being committed now is due for the sweeps: later than this worker needs for it, if it has room. */
  dueAt(): string
  start(): void
  stop(): Promise<void>
}

const SWEEP_MS = 250
const MAX_PER_SWEEP = 2000
/** Later than any time that is written down. */
const END_OF_TIME = '9999'

type Job = { kind: 'payment'; id: string; record: CheckoutRecord } | { kind: 'refund'; id: string; record: RefundRecord }

/**
 * Asks the payment provider, never inside a transaction, and has the answers settled. Work is durable before it gets
 * here, and leased to the instance that committed or claimed it: when that one dies, a sweep of another finds it once
 * the lease is over. No outcome: the provider is asked what became of the key, with backoff, for ever, since giving up
 * could lose a customer's money; the order asks for attention meanwhile.
 */
export function createPaymentWorker({ db, outbox, provider, config, logger }: PaymentWorkerParts): PaymentWorker {
  const queue = createJobQueue({ maxRunning: config.maxConcurrent, maxWaiting: config.maxConcurrent * 10, run: execute })
  const settlement = createSettlement({ db, outbox, dueAt, onWork: add })
  const calls = new Set<AbortController>()
  let timer: NodeJS.Timeout | undefined
  let sweeping: Promise<void> | undefined
  // In a database of its own, whatever is leased when a process begins was leased to one that is gone.
  let ignoresLeases = !db.shared

  function add({ payments, refunds }: ProviderWork): void {
    queue.add([
      ...payments.map((record): Job => ({ kind: 'payment', id: record.checkout.orderId, record })),
      ...refunds.map((record): Job => ({ kind: 'refund', id: record.refund.id, record })),
    ])
  }

  /** Half of the queue is room for what is being committed at the same time. */
  function dueAt(): string {
    const isFull = queue.room() < config.maxConcurrent * 5
    return new Date(Date.now() + (isFull ? 0 : config.leaseMs)).toISOString()
  }

  /** Never rejects: whatever fails is tried again by a sweep. */
  async function execute(job: Job): Promise<void> {
    try {
      if (job.kind === 'payment') await pay(job.record)
      else await refund(job.record)
    } catch (error) {
      const { kind, id } = job
      const attempts = job.record.attempts + 1
      logger.warn({ kind, id, attempts, reason: messageOf(error) }, 'payment provider gave no outcome, asking again')
      await postpone(job, attempts, backoffMs(attempts, config.retryBaseMs, config.retryMaxMs))
    }
  }

  /** Never rejects: at last the lease is over. */
  async function postpone({ kind, id }: Job, attempts: number, delayMs: number): Promise<void> {
    await settlement
      .postpone({ kind, id, attempts, dueAt: new Date(Date.now() + delayMs).toISOString() })
      .catch((error: unknown) => logger.error({ kind, id, err: error }, 'payment cannot be postponed'))
  }

  async function pay(record: CheckoutRecord): Promise<void> {
    const outcome = record.checkout.amount === 0 ? ({ status: 'captured' } as const) : await outcomeOf(record)
    await settlement.settlePayment(record.checkout.orderId, outcome)
  }

  async function outcomeOf({ checkout: { orderId, amount, currency }, token, attempts }: CheckoutRecord): Promise<PaymentOutcome> {
    if (attempts > 0) {
      const found = await inTime((signal) => provider.find(orderId, signal))
      if (found?.status === 'pending') throw new AppError('unavailable', 'The payment provider is still at work on it.')
      if (found) return found
    }
    return inTime((signal) => provider.capture({ key: orderId, token: token ?? '', amount, currency }, signal))
  }

  async function refund(record: RefundRecord): Promise<void> {
    const { id, orderId, amount } = record.refund
    await inTime((signal) => provider.refund({ key: id, paymentKey: orderId, amount }, signal))
    await settlement.settleRefund(record)
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

  async function sweep(): Promise<void> {
    const limit = Math.min(MAX_PER_SWEEP, Math.floor(queue.room() / 4))
    if (limit === 0) return
    const nowMs = Date.now()
    const claim = {
      at: ignoresLeases ? END_OF_TIME : new Date(nowMs).toISOString(),
      until: new Date(nowMs + config.leaseMs).toISOString(),
      limit,
    }
    if ((await hasDuePayments(db, claim.at)) || (await hasDueRefunds(db, claim.at))) {
      add(await db.transaction(async (tx) => ({ payments: await claimDuePayments(tx, claim), refunds: await claimDueRefunds(tx, claim) })))
    }
    ignoresLeases = false
  }

  return {
    add,
    dueAt,
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
      clearInterval(timer)
      await sweeping
      const stopped = queue.stop()
      // What is under way is asked again after the next start, or by another instance, with the same key.
      for (const call of calls) call.abort()
      const left = await stopped
      await Promise.all(left.map((job) => postpone(job, job.record.attempts, 0)))
    },
  }
}
