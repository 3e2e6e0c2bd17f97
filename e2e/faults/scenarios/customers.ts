import { setTimeout as pause } from 'node:timers/promises'
import { buy, cancel } from '../load/buying.ts'
import { CURRENCY, makeProduct } from '../load/catalogue.ts'
import { granted } from '../load/customer.ts'
import type { Purchase } from '../load/history.ts'
import { ANY_BROKER, type Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

const BUYERS = 500
const UNITS = 100

export const hotProduct: Scenario = {
  name: 'hot-product',
  faults: ['F20'],
  about: `${BUYERS} buyers for ${UNITS} units of one product, at the same time`,
  inShort: true,
  brokers: ANY_BROKER,
  ordersPerSecond: 0,
  async run({ shop, random, history, did, expect }) {
    const sku = `FAULT-SALE-${random.int(0, 999_999_999)}`
    const unitPrice = 500
    await makeProduct(shop.operator, { sku, unitPrice, units: UNITS })
    shop.catalogue.priceOf.set(sku, unitPrice)
    const request = { lines: [{ sku, quantity: 1 }], payment: { method: 'card', token: 'tok_visa' } as const }
    const purchases = await Promise.all(Array.from({ length: BUYERS }, () => buy(history, random.pick(shop.customers), request)))
    await shop.ended(purchases)
    const statuses = await shop.statusesOf(purchases)
    const count = (status: string) => statuses.filter((each) => each === status).length
    const left = granted(await shop.operator.insist((door) => door.product(sku))).available
    did(
      `${count('confirmed')} of ${BUYERS} got one of ${UNITS} ${CURRENCY} ${unitPrice / 100} products, ${count('rejected')} were turned down`,
    )
    expect(count('confirmed') === UNITS, `${count('confirmed')} orders for ${UNITS} units were confirmed.`)
    expect(count('rejected') === BUYERS - UNITS, `${count('rejected')} of ${BUYERS - UNITS} were told that there is none left.`)
    expect(left === 0, `${left} units are left.`)
  },
}

export const cancelWhilePaying: Scenario = {
  name: 'cancel-while-paying',
  faults: ['F19', 'F21'],
  about:
    'orders are cancelled while their payment is being made, many at the very moment it succeeds; in a long run the stock service is killed meanwhile',
  inShort: true,
  brokers: ANY_BROKER,
  async run(stage) {
    const { shop, random, did, sized } = stage
    const times = sized(60, 25)
    const changingMinds = Promise.all(Array.from({ length: times }, () => changeMind(stage)))
    for (let kills = 0; kills < sized(4, 0); kills += 1) {
      await pause(random.int(500, 1500))
      shop.signal(random.pick(shop.instances.filter(({ service }) => service === 'inventory-payment-service')), 'SIGKILL')
    }
    await changingMinds
    did(`cancelled ${times} orders while they were being paid`)
  },
}

/** The slow card takes 2 s to pay: half of the cancellations come at that moment, the others before. */
async function changeMind({ shop, random, history }: Stage): Promise<Purchase> {
  const choices = random.fork(`mind ${history.purchases.length}`)
  await pause(choices.int(0, 2000))
  const request = { lines: [{ sku: shop.catalogue.hot, quantity: 1 }], payment: { method: 'card', token: 'tok_slow' } as const }
  const purchase = await buy(history, choices.pick(shop.customers), request)
  await cancel(purchase, choices.chance(0.5) ? choices.int(1900, 2150) : choices.int(0, 1900))
  return purchase
}

export const contention: Scenario = {
  name: 'contention',
  faults: ['F10'],
  about: 'orders of many products in every order of their lines, and most of them cancelled at once: rows are fought for',
  inShort: false,
  brokers: ANY_BROKER,
  ordersPerSecond: 60,
  cancelling: 0.7,
  async run({ seconds, did }) {
    await seconds(40, 8)
    did('customers fought for the same rows')
  },
}
