import type { Order, OrderSummary, PlaceOrder } from '@order-flow/contracts'
import { type Customer, granted } from '../load/customer.ts'
import { accepted, type History, type Purchase } from '../load/history.ts'

/** Tokens that the payment provider turns down; an order with one of them is never confirmed. */
const NEVER_PAID = new Set(['tok_declined', 'tok_insufficient_funds', 'tok_timeout_declined', 'tok_unknown_to_the_provider'])
const ENDED = new Set(['confirmed', 'rejected', 'cancelled'])
const PAGE = 100
/** Orders are listed by id; those of one moment may stand in any order. */
const ID_TOLERANCE_MS = 1000

/** Every order placed since then, as an operator sees them, by id. */
export async function listOrders(operator: Customer, since: Date): Promise<Map<string, OrderSummary>> {
  const found = new Map<string, OrderSummary>()
  const first = since.toISOString()
  const oldest = new Date(since.getTime() - ID_TOLERANCE_MS).toISOString()
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = { limit: PAGE, ...(cursor !== undefined && { cursor }) }
    const page = granted(await operator.insist((shop) => shop.orders(query)))
    for (const order of page.orders) if (order.placedAt >= first) found.set(order.id, order)
    cursor = (page.orders.at(-1)?.placedAt ?? '') < oldest ? null : page.nextCursor
  }
  return found
}

export function hasEnded({ status }: Pick<OrderSummary, 'status'>): boolean {
  return ENDED.has(status)
}

/** What is wrong with the orders of a scenario, as sentences. `orders`: all that were placed in it, at rest. */
export function findOrderFaults(
  history: History,
  orders: ReadonlyMap<string, OrderSummary>,
  priceOf: ReadonlyMap<string, number>,
): string[] {
  const wanted = new Map<string, Purchase>()
  const faults: string[] = []
  for (const purchase of history.purchases) {
    const [order] = purchase.answers
    if (!order) {
      faults.push(unansweredFault(purchase))
      continue
    }
    if (wanted.has(order.id)) faults.push(`Order ${order.id} was the answer to two keys.`)
    wanted.set(order.id, purchase)
    faults.push(...answerFaults(purchase, order, priceOf), ...outcomeFaults(purchase, order, orders.get(order.id)))
  }
  for (const { id, customerId } of orders.values()) {
    if (!wanted.has(id)) faults.push(`Order ${id} of ${customerId} exists, and nobody was given it.`)
  }
  return faults
}

function unansweredFault({ key, refusal, repeats }: Purchase): string {
  if (refusal) return `Key ${key} was refused: ${refusal.status} ${refusal.detail}`
  return `Key ${key} has no definite answer after ${repeats.length + 1} calls, the last time: ${repeats.at(-1)}.`
}

/** The answers to one key are one answer, and it is what was asked for at the shop's prices. */
function answerFaults({ answers, request }: Purchase, order: Order, priceOf: ReadonlyMap<string, number>): string[] {
  const faults: string[] = []
  const texts = new Set(answers.map((answer) => JSON.stringify(answer)))
  if (texts.size > 1) faults.push(`Order ${order.id}: the same key was answered in different ways: ${[...texts].join(' / ')}`)
  const total = totalOf(request, priceOf)
  if (order.totals.total !== total) faults.push(`Order ${order.id} costs ${order.totals.total}, not ${total}.`)
  const lines = order.lines.map(({ sku, quantity }) => ({ sku, quantity }))
  if (JSON.stringify(lines) !== JSON.stringify(request.lines))
    faults.push(`Order ${order.id} is for something else than what was asked for.`)
  return faults
}

function outcomeFaults({ request, cancel }: Purchase, order: Order, listed: OrderSummary | undefined): string[] {
  const { id } = order
  if (!listed) return [`Order ${id} was accepted and does not exist.`]
  const faults: string[] = []
  const { status } = listed
  if (listed.customerId !== order.customerId) faults.push(`Order ${id} belongs to somebody else.`)
  if (listed.totals.total !== order.totals.total) faults.push(`Order ${id} has changed its total.`)
  if (status === 'confirmed' && NEVER_PAID.has(request.payment.token)) faults.push(`Order ${id} is confirmed with a card that is declined.`)
  if (status === 'cancelled' && cancel === undefined) faults.push(`Order ${id} is cancelled, and nobody asked for it.`)
  if (cancel === 'granted' && status !== 'cancelled') faults.push(`Order ${id} was to be cancelled and is ${status}.`)
  if (cancel === 'refused' && status !== 'rejected') faults.push(`Order ${id} is ${status}, and its cancellation was refused.`)
  if (cancel === 'asked') faults.push(`The cancellation of order ${id} has no definite answer.`)
  return faults
}

function totalOf({ lines }: PlaceOrder, priceOf: ReadonlyMap<string, number>): number {
  return lines.reduce((sum, { sku, quantity }) => sum + quantity * (priceOf.get(sku) ?? Number.NaN), 0)
}

/** How the accepted orders of a scenario ended. `open`: neither ended nor explained. */
export interface Outcomes {
  accepted: number
  confirmed: number
  rejected: number
  cancelled: number
  /** Not ended, and saying why. */
  attention: number
  open: number
}

export function countOutcomes(history: History, orders: ReadonlyMap<string, OrderSummary>, explained: ReadonlySet<string>): Outcomes {
  const counts: Outcomes = { accepted: 0, confirmed: 0, rejected: 0, cancelled: 0, attention: 0, open: 0 }
  for (const { answers } of accepted(history)) {
    counts.accepted += 1
    const order = orders.get(answers[0]?.id ?? '')
    if (!order) continue
    const { status } = order
    if (status === 'confirmed' || status === 'rejected' || status === 'cancelled') counts[status] += 1
    else if (explained.has(order.id)) counts.attention += 1
    else counts.open += 1
  }
  return counts
}
