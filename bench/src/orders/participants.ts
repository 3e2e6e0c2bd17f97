import { randomUUID } from 'node:crypto'
import { Session } from '@order-flow/contracts'
import { Value } from 'typebox/value'
import { EXIT, Failure } from '../command.ts'
import type { Gateway } from '../gateway.ts'
import { createShop } from '../replay/shop.ts'
import { createSignIn, explain, type SignIn } from '../sign-in.ts'
import { createTasks } from '../tasks.ts'

const SPREAD_PRODUCTS = 500
const PLENTY = 500_000_000
const CONCURRENT_CALLS = 16

/** SKUs of the products that the benchmark orders. */
export interface BenchCatalogue {
  spread: string[]
  hot: string
}

/** Makes the benchmark's products with plenty of stock; in a shop that has them already, nothing is added. */
export async function makeCatalogue(operator: SignIn, signal: AbortSignal): Promise<BenchCatalogue> {
  const shop = createShop(operator, signal)
  const spread = Array.from({ length: SPREAD_PRODUCTS }, (_product, index) => `BENCH-${String(index + 1).padStart(4, '0')}`)
  const hot = 'BENCH-HOT'
  const tasks = createTasks(CONCURRENT_CALLS)
  const make = async (sku: string, unitPrice: number) => {
    await shop.changeProduct(sku, { name: `Benchmark ${sku}`, category: 'Benchmark', unitPrice, currency: 'GBP', tracksStock: true })
    await shop.receiveStock(sku, PLENTY, { key: `bench-stock-${sku}`, reason: 'Benchmark' })
  }
  for (const [index, sku] of [...spread, hot].entries()) await tasks.start(() => make(sku, 100 + index))
  await tasks.done()
  // One order of everything: it is taken as soon as order-service knows all products.
  const lines = [...spread, hot].map((sku) => ({ sku, quantity: 1 }))
  const probe = await shop.placeOrder({ lines, payment: { method: 'card', token: 'tok_visa' } }, randomUUID())
  if ('refused' in probe) throw new Failure(EXIT.failed, `The shop does not take an order of the benchmark's products: ${probe.detail}.`)
  return { spread, hot }
}

/** Registers new customers and answers their sign-ins, which renew themselves. */
export async function registerCustomers(gateway: Gateway, count: number): Promise<SignIn[]> {
  const run = randomUUID().slice(0, 8)
  const customers: SignIn[] = []
  for (let number = 1; number <= count; number += 1) {
    const registration = { email: `bench-${run}-${number}@example.com`, password: randomUUID(), name: `Benchmark customer ${number}` }
    const customer = createSignIn(gateway, () => register(gateway, registration))
    await customer.token()
    customers.push(customer)
  }
  return customers
}

async function register(gateway: Gateway, registration: { email: string; password: string; name: string }): Promise<Session> {
  const reply = await gateway.send({ method: 'POST', path: '/api/auth/register', body: registration })
  if (reply.status === 201 && Value.Check(Session, reply.body)) return reply.body
  throw new Failure(EXIT.failed, `A customer could not be registered: ${explain(reply)}.`)
}
