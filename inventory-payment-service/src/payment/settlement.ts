import type { Outbox } from '@order-flow/messaging'
import { AppError, createBatcher, type Database, type Tx } from '@order-flow/service-kit'
import { type PaymentOutcome, settlePayment, settleRefund } from '../checkout/checkout.ts'
import { type ProviderWork, saveSteps, type TakenStep } from '../checkout/checkout-steps.ts'
import { lockCheckouts, postponePayments } from '../checkout/checkout-store.ts'
import { closeRefunds, lockOpenRefunds, postponeRefunds, type RefundRecord } from '../checkout/refund-store.ts'

export interface SettlementParts {
  db: Database
  outbox: Outbox
  /** When the sweep may take up what is being committed now, in ISO 8601. */
  dueAt: () => string
  /** Gets what the provider is to do next, once it is committed. */
  onWork: (work: ProviderWork) => void
}

/** What the provider gave no outcome for, how often it has been asked, and when it is asked again. */
export interface Postponement {
  kind: 'payment' | 'refund'
  id: string
  attempts: number
  dueAt: string
}

const MAX_BATCH = 300

/**
 * Writes down what the provider has answered, or that it has not: many answers in one transaction. Whatever the order
 * of arrival, and whoever else asked the same: the rows are locked first, and what has been settled meanwhile stays.
 */
export function createSettlement({ db, outbox, dueAt, onWork }: SettlementParts) {
  // Each batcher is bounded by the calls that the worker makes at the same time.
  const options = { maxBatch: MAX_BATCH, maxWaiting: Number.POSITIVE_INFINITY }
  const payments = createBatcher<{ orderId: string; outcome: PaymentOutcome }, undefined>({
    ...options,
    run: (answers) => db.transaction((tx) => settlePayments(tx, answers)),
  })
  const refunds = createBatcher<RefundRecord, undefined>({
    ...options,
    run: (records) => db.transaction((tx) => settleRefunds(tx, records)),
  })
  const postponements = createBatcher<Postponement, undefined>({
    ...options,
    run: (postponed) => db.transaction((tx) => postpone(tx, postponed)),
  })

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
    const work = await saveSteps(tx, outbox, steps, dueAt())
    tx.afterCommit(() => onWork(work))
    return answers.map(() => undefined)
  }

  async function settleRefunds(tx: Tx, candidates: RefundRecord[]): Promise<undefined[]> {
    const open = await lockOpenRefunds(tx, idsOf(candidates))
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
    await saveSteps(tx, outbox, steps, dueAt())
    await closeRefunds(tx, idsOf(records), new Date().toISOString())
    return candidates.map(() => undefined)
  }

  async function postpone(tx: Tx, postponed: Postponement[]): Promise<undefined[]> {
    await postponePayments(
      tx,
      postponed.filter(({ kind }) => kind === 'payment'),
    )
    await postponeRefunds(
      tx,
      postponed.filter(({ kind }) => kind === 'refund'),
    )
    return postponed.map(() => undefined)
  }

  return {
    settlePayment: (orderId: string, outcome: PaymentOutcome) => payments.submit({ orderId, outcome }),
    settleRefund: (record: RefundRecord) => refunds.submit(record),
    postpone: (postponement: Postponement) => postponements.submit(postponement),
  }
}

function idsOf(records: readonly RefundRecord[]): string[] {
  return records.map(({ refund: { id } }) => id)
}
