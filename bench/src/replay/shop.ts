import {
  type AccountImport,
  ImportedAccounts,
  Order,
  OrderHistory,
  type PlaceOrder,
  type ProductChange,
  type ReturnOrder,
} from '@order-flow/contracts'
import { Compile } from 'typebox/compile'
import { EXIT, Failure } from '../command.ts'
import { type Call, pause, problemOf, type Reply } from '../gateway.ts'
import { explain, type SignIn } from '../sign-in.ts'

/** What the shop said no to: the stable name of the problem, and a sentence part that explains it. */
export interface Refusal {
  refused: string
  detail: string
}

/** What an answer must look like, and what to call it when it does not. */
interface Form<T> {
  what: string
  validator: { Check(value: unknown): value is T; Errors(value: unknown): { instancePath: string; message: string }[] }
}

const orderForm = { what: 'an order', validator: Compile(Order) }
const historyForm = { what: "an order's history", validator: Compile(OrderHistory) }
const importedAccountsForm = { what: 'a list of imported accounts', validator: Compile(ImportedAccounts) }

const RETRY_MS = 200
// Order-service learns of products by events: one that has just been made may not have reached it yet.
const CATALOGUE_PATIENCE_MS = 30_000

/** The calls of a replay, as the operator who is signed in. What is refused where nothing may be is a Failure. */
export function createShop(signIn: SignIn, signal: AbortSignal) {
  async function succeed(call: Call): Promise<Reply> {
    const reply = await signIn.send(call)
    if (isSuccess(reply)) return reply
    throw new Failure(EXIT.failed, `${call.method} ${call.path} was refused: ${explain(reply)}.`)
  }

  /** Repeats a call while the answer is that it comes too early. */
  async function settle(call: Call): Promise<Reply> {
    const startedAtMs = performance.now()
    for (;;) {
      const reply = await signIn.send(call)
      if (!comesTooEarly(reply) || performance.now() - startedAtMs > CATALOGUE_PATIENCE_MS) return reply
      await pause(RETRY_MS, signal)
    }
  }

  return {
    async changeProduct(sku: string, change: ProductChange): Promise<void> {
      await succeed({ method: 'PUT', path: productPath(sku), body: change })
    },

    async receiveStock(sku: string, quantity: number, { key, reason }: { key: string; reason: string }): Promise<void> {
      const body = { kind: 'receipt', quantity, reason }
      await succeed({ method: 'POST', path: `${productPath(sku)}/stock`, body, headers: keyed(key) })
    },

    /** Answers the account ids by reference. */
    async importAccounts(body: AccountImport): Promise<[reference: string, id: string][]> {
      const reply = await succeed({ method: 'POST', path: '/api/accounts/import', body })
      return parse(importedAccountsForm, reply).accounts.map(({ reference, id }) => [reference, id])
    },

    async placeOrder(body: PlaceOrder, key: string): Promise<Order | Refusal> {
      const reply = await settle({ method: 'POST', path: '/api/orders', body, headers: keyed(key) })
      return isSuccess(reply) ? parse(orderForm, reply) : refusal(reply)
    },

    async order(orderId: string): Promise<Order> {
      return parse(orderForm, await succeed({ method: 'GET', path: orderPath(orderId) }))
    },

    /** Whether the order was ever confirmed, whatever became of it since. */
    async wasConfirmed(orderId: string): Promise<boolean> {
      const reply = await succeed({ method: 'GET', path: `${orderPath(orderId)}/events` })
      return parse(historyForm, reply).events.some(({ status }) => status === 'confirmed')
    },

    /** Cancelling again changes nothing. Answers why it was refused, if it was. */
    async cancelOrder(orderId: string, reason: string): Promise<Refusal | undefined> {
      const reply = await settle({ method: 'POST', path: `${orderPath(orderId)}/cancel`, body: { reason } })
      return isSuccess(reply) ? undefined : refusal(reply)
    },

    /** Answers why it was refused, if it was. */
    async returnGoods(orderId: string, body: ReturnOrder, key: string): Promise<Refusal | undefined> {
      const reply = await settle({ method: 'POST', path: `${orderPath(orderId)}/returns`, body, headers: keyed(key) })
      return isSuccess(reply) ? undefined : refusal(reply)
    },
  }
}

export type Shop = ReturnType<typeof createShop>

/** `/problems/unknown-product` is known by its last part. */
function problemName(reply: Reply): string {
  return problemOf(reply).type.split('/').at(-1) || `http-${reply.status}`
}

function comesTooEarly(reply: Reply): boolean {
  return !isSuccess(reply) && ['unknown-product', 'request-in-flight'].includes(problemName(reply))
}

function refusal(reply: Reply): Refusal {
  return { refused: problemName(reply), detail: explain(reply) }
}

function isSuccess(reply: Reply): boolean {
  return reply.status >= 200 && reply.status < 300
}

function parse<T>(form: Form<T>, reply: Reply): T {
  const { body } = reply
  if (form.validator.Check(body)) return body
  const [error] = form.validator.Errors(body)
  throw new Failure(EXIT.failed, `The gateway's answer is not ${form.what}: ${error?.instancePath || 'it'} ${error?.message ?? 'differs'}.`)
}

function keyed(key: string): Record<string, string> {
  return { 'idempotency-key': key }
}

function productPath(sku: string): string {
  return `/api/products/${encodeURIComponent(sku)}`
}

function orderPath(orderId: string): string {
  return `/api/orders/${encodeURIComponent(orderId)}`
}
