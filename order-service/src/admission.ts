import type { OrderLine, Order as OrderView, PlaceOrder } from '@order-flow/contracts'
import { createEvent, type Outbox } from '@order-flow/messaging'
import { AppError, type Batcher, createBatcher, type Database, newId, type Tx } from '@order-flow/service-kit'
import type { Config } from './config.ts'
import { findRecords, insertRecords, recordName } from './idempotency-store.ts'
import { type Order, placedEvent } from './order.ts'
import { fingerprintOf, orderNumber, type Product, priceOrder } from './order-request.ts'
import { findView, insertHistory, insertOrders } from './order-store.ts'
import type { Overload } from './overload.ts'
import { findProducts } from './product-store.ts'

/** One request to place an order. `ownerId` is who sends it, `customerId` whose order it becomes. */
export interface Placement {
  ownerId: string
  customerId: string
  key: string
  request: PlaceOrder
  traceparent: string | undefined
}

export interface PlacedOrder {
  order: Order
  lines: OrderLine[]
}

export interface Admission {
  /**
   * Resolves when the order is durable, with the order as it was placed; the same key and body again resolve with the
   * same order. Errors: `unprocessable` (unknown product, another body under the key), `conflict` (the first request
   * with this key is still running), `unavailable` (too many waiting, or the database cannot be written).
   */
  place(placement: Placement): Promise<PlacedOrder>
  drain(): Promise<void>
}

type Verdict = { placed: PlacedOrder } | { refused: AppError }
type Candidate = Placement & { fingerprint: string }

const SECOND_MS = 1000

export interface AdmissionParts {
  db: Database
  outbox: Outbox
  overload: Overload
  config: Config['orders']
}

/** Admits orders in batches: whatever is waiting when the database is free becomes one transaction. */
export function createAdmission({ db, outbox, overload, config }: AdmissionParts): Admission {
  const running = new Set<string>()
  const batcher: Batcher<Candidate, Verdict> = createBatcher({
    maxBatch: config.maxBatch,
    maxWaiting: config.maxWaiting,
    maxWaitMs: config.maxQueueMs,
    run: (candidates) =>
      db
        .transaction((tx) => admit(tx, candidates))
        .catch((error: unknown) => {
          if (!isTakenKey(error)) throw error
          // Another instance has just granted one of the keys; now its record can be read.
          return db.transaction((tx) => admit(tx, candidates))
        }),
  })

  async function place(placement: Placement): Promise<PlacedOrder> {
    const name = recordName(placement)
    if (running.has(name)) {
      throw new AppError('conflict', 'A request with this Idempotency-Key is still running; send it again shortly.', {
        problem: 'request-in-flight',
        facts: { retryAfterSeconds: 1 },
      })
    }
    overload.check()
    running.add(name)
    try {
      const verdict = await batcher.submit({ ...placement, fingerprint: fingerprintOf(placement.request) })
      if ('refused' in verdict) throw verdict.refused
      return verdict.placed
    } catch (error) {
      if (error instanceof AppError && error.problem === 'overloaded') overload.refused('queue')
      throw error
    } finally {
      running.delete(name)
    }
  }

  async function admit(tx: Tx, candidates: Candidate[]): Promise<Verdict[]> {
    const skus = new Set(candidates.flatMap(({ request }) => request.lines.map(({ sku }) => sku)))
    const [known, products] = await Promise.all([findRecords(tx, candidates), findProducts(tx, skus)])
    const now = new Date()
    const admitted: { candidate: Candidate; placed: PlacedOrder }[] = []
    const verdicts: Verdict[] = []
    for (const candidate of candidates) {
      const record = known.get(recordName(candidate))
      const verdict = record ? await repeat(tx, candidate, record) : placeNew(candidate, products, now)
      if (!record && 'placed' in verdict) admitted.push({ candidate, placed: verdict.placed })
      verdicts.push(verdict)
    }
    if (admitted.length > 0) await save(tx, admitted, now)
    return verdicts
  }

  async function save(tx: Tx, admitted: { candidate: Candidate; placed: PlacedOrder }[], now: Date): Promise<void> {
    const at = now.toISOString()
    const history = admitted.map(({ placed: { order } }) => ({
      orderId: order.id,
      version: 1,
      type: 'io.orderflow.order.placed.v1',
      status: 'placed' as const,
      at,
      detail: null,
    }))
    const records = admitted.map(({ candidate, placed: { order } }) => ({
      ownerId: candidate.ownerId,
      key: candidate.key,
      fingerprint: candidate.fingerprint,
      orderId: order.id,
    }))
    const events = admitted.map(({ candidate, placed: { order, lines } }) =>
      createEvent('order-service', {
        ...placedEvent(order, lines, candidate.request.payment),
        subject: order.id,
        at: now,
        ...(candidate.traceparent !== undefined && { cause: { traceparent: candidate.traceparent } }),
      }),
    )
    const deadlineAt = new Date(now.getTime() + config.deadlineSeconds * SECOND_MS).toISOString()
    // Together: one round trip.
    await Promise.all([
      insertOrders(
        tx,
        admitted.map(({ placed }) => placed),
        deadlineAt,
      ),
      insertRecords(tx, records, at),
      insertHistory(tx, history),
      outbox.add(tx, events),
    ])
  }

  return { place, drain: () => batcher.drain() }
}

function isTakenKey(error: unknown): boolean {
  return error instanceof AppError && error.problem === 'constraint'
}

function placeNew({ request, customerId }: Candidate, products: ReadonlyMap<string, Product>, now: Date): Verdict {
  try {
    const { currency, totals, lines } = priceOrder(request, products)
    const id = newId()
    const order = asPlaced({ id, number: orderNumber(id), customerId, currency, totals, lines, placedAt: now.toISOString() })
    return { placed: { order, lines } }
  } catch (error) {
    if (error instanceof AppError) return { refused: error }
    throw error
  }
}

/** The answer to a request that was granted before: the order as it was then, whatever has become of it. */
async function repeat(tx: Tx, candidate: Candidate, record: { orderId: string; fingerprint: string }): Promise<Verdict> {
  if (record.fingerprint !== candidate.fingerprint) {
    const message = `This Idempotency-Key was used for another order (${record.orderId}); use a new key for a new order.`
    return { refused: new AppError('unprocessable', message, { problem: 'idempotency-key-reused' }) }
  }
  const view = await findView(tx, record.orderId)
  if (!view) throw new AppError('internal', `Order ${record.orderId} of a known Idempotency-Key does not exist.`)
  return { placed: { order: asPlaced(view), lines: view.lines } }
}

/** An order as it is when it has just been placed. */
function asPlaced(facts: Pick<OrderView, 'id' | 'number' | 'customerId' | 'currency' | 'totals' | 'lines' | 'placedAt'>): Order {
  const { id, number, customerId, currency, totals, lines, placedAt } = facts
  return {
    id,
    number,
    customerId,
    status: 'placed',
    version: 1,
    currency,
    totals,
    lineCount: lines.length,
    returned: {},
    refunded: 0,
    attention: null,
    placedAt,
    updatedAt: placedAt,
  }
}
