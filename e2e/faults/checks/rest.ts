import { setTimeout as pause } from 'node:timers/promises'
import type { OrderSummary } from '@order-flow/contracts'
import type { ClientRecord, Result } from '@order-flow/invariants'
import { askAgain } from '../load/buying.ts'
import { granted } from '../load/customer.ts'
import { accepted, type History } from '../load/history.ts'
import type { Random } from '../random.ts'
import type { TestShop } from '../test-shop.ts'
import { hasEnded, listOrders } from './orders.ts'

export interface Rest {
  /** Every order placed in the scenario, as it is now. */
  orders: Map<string, OrderSummary>
  /** Those that have not ended and say why. */
  explained: Set<string>
  faults: string[]
}

const ORDERS_TIMEOUT_MS = 75_000
const RULES_TIMEOUT_MS = 45_000
const POLL_MS = 250
const ASKED_TWICE = 40
const ANSWER_PATIENCE_MS = 60_000

export interface RestParts {
  shop: TestShop
  history: History
  /** When the scenario began. */
  since: Date
  random: Random
}

/**
 * Waits until nothing is under way: everybody has an answer, every order has ended or says why not, and every invariant
 * for a shop at rest holds. What does not come to rest in time is a fault.
 */
export async function settle({ shop, history, since, random }: RestParts): Promise<Rest> {
  const unanswered = history.purchases.filter(({ answers, refusal }) => answers.length === 0 && !refusal)
  const again = random.shuffle(accepted(history)).slice(0, ASKED_TWICE)
  await Promise.all([...unanswered, ...again].map((purchase) => askAgain(purchase, ANSWER_PATIENCE_MS)))

  const orders = await listOrders(shop.operator, since)
  const explained = await waitForOrders(shop, orders)
  const faults = [...orders.values()]
    .filter((order) => !hasEnded(order) && !explained.has(order.id))
    .map(({ id, status }) => `Order ${id} is still ${status} and does not say why.`)
  // First the cheap check, of what this scenario has made, until it holds; then everything there is, once.
  faults.push(...(await brokenRules(() => shop.audit.check({ atRest: true, since }), RULES_TIMEOUT_MS)))
  if (faults.length === 0) faults.push(...(await brokenRules(() => shop.audit.check({ atRest: true }), 0)))
  faults.push(...(await brokenRules(() => shop.audit.checkHistory(recordOf(history)), 0)))
  return { orders, explained, faults }
}

/** Reads the orders that have not ended until they have; answers those that ask for attention instead. */
async function waitForOrders({ operator }: TestShop, orders: Map<string, OrderSummary>): Promise<Set<string>> {
  const deadline = performance.now() + ORDERS_TIMEOUT_MS
  const explained = new Set<string>()
  for (let open = openOf(orders); open.length > 0 && performance.now() < deadline; open = openOf(orders)) {
    for (const { id } of open) {
      const order = granted(await operator.insist((shop) => shop.order(id)))
      orders.set(id, { ...order, lineCount: order.lines.length })
      if (order.attention && !hasEnded(order)) explained.add(id)
      else explained.delete(id)
    }
    await pause(POLL_MS)
  }
  return explained
}

function openOf(orders: ReadonlyMap<string, OrderSummary>): OrderSummary[] {
  return [...orders.values()].filter((order) => !hasEnded(order))
}

/** Checks until everything holds or the time is up, at least once; answers what does not, as sentences. */
async function brokenRules(check: () => Promise<Result[]>, timeoutMs: number): Promise<string[]> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const broken = (await check()).filter(({ holds }) => !holds)
    if (broken.length === 0) return []
    if (performance.now() > deadline)
      return broken.map(
        ({ id, rule, found, offenders }) => `${id} does not hold (${rule}); ${found} break it: ${JSON.stringify(offenders)}`,
      )
    await pause(POLL_MS)
  }
}

function recordOf(history: History): ClientRecord {
  return {
    accepted: accepted(history).flatMap(({ key, answers }) =>
      answers.map((order) => ({ key, orderId: order.id, total: order.totals.total, body: JSON.stringify(order) })),
    ),
  }
}
