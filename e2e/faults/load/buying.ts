import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { PlaceOrder } from '@order-flow/contracts'
import type { Answer, Customer } from './customer.ts'
import type { History, Purchase } from './history.ts'

const PRODUCT_PATIENCE_MS = 30_000
const PRODUCT_PAUSE_MS = 200

/** Places an order until there is a definite answer, and notes everything. Answers what became of it. */
export async function buy(history: History, customer: Customer, request: PlaceOrder, patienceMs?: number): Promise<Purchase> {
  const purchase: Purchase = { customer, key: randomUUID(), request, repeats: [], answers: [] }
  history.purchases.push(purchase)
  await askAgain(purchase, patienceMs)
  return purchase
}

/** Sends the same request under the same key once more: whoever was answered before must be answered the same. */
export async function askAgain(purchase: Purchase, patienceMs?: number): Promise<void> {
  const { customer, request, key } = purchase
  const startedAtMs = performance.now()
  const ask = () => customer.insist((shop) => shop.placeOrder(request, key), patienceMs)
  let answer = await ask()
  // Order-service hears of products by events: one that has just been made may not have reached it.
  while (isTooEarly(answer) && performance.now() - startedAtMs < PRODUCT_PATIENCE_MS) {
    await pause(PRODUCT_PAUSE_MS)
    answer = await ask()
  }
  // Who has an answer already and asks again only to compare, repeats nothing.
  if (purchase.answers.length === 0) purchase.repeats.push(...answer.repeats)
  if (answer.kind === 'granted') purchase.answers.push(answer.value)
  if (answer.kind === 'refused') purchase.refusal = { status: answer.problem.status, detail: answer.problem.message }
}

/** Asks for the order's cancellation, after a pause, until there is a definite answer. An order may have ended already. */
export async function cancel(purchase: Purchase, delayMs: number): Promise<void> {
  const [order] = purchase.answers
  if (!order) return
  purchase.cancel = 'asked'
  await pause(delayMs)
  const answer = await purchase.customer.insist((shop) => shop.cancelOrder(order.id))
  if (answer.kind === 'granted') purchase.cancel = 'granted'
  if (answer.kind === 'refused') purchase.cancel = 'refused'
}

function isTooEarly(answer: Answer<unknown>): boolean {
  return answer.kind === 'refused' && answer.problem.problem.type.endsWith('unknown-product')
}
