import { setTimeout as pause } from 'node:timers/promises'
import { buy } from '../load/buying.ts'
import type { Purchase } from '../load/history.ts'
import { ANY_BROKER, type Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

export const latePayments: Scenario = {
  name: 'late-payments',
  faults: ['F14', 'F15'],
  about: 'payments that time out and have succeeded, or fail later; the service that asked is killed before it hears',
  inShort: true,
  brokers: ANY_BROKER,
  ordersPerSecond: 10,
  async run(stage) {
    const { shop, random, did, sized, expect } = stage
    const each = sized(40, 15)
    const buying = Promise.all([buySeveral(stage, 'tok_timeout', each), buySeveral(stage, 'tok_timeout_declined', each)])
    for (let kills = 0; kills < sized(4, 2); kills += 1) {
      await pause(random.int(300, 1500))
      shop.signal(random.pick(shop.instances.filter(({ service }) => service === 'inventory-payment-service')), 'SIGKILL')
    }
    const [succeeding, failing] = await buying
    await shop.ended([...succeeding, ...failing])
    const statuses = async (purchases: Purchase[]) => [...new Set(await shop.statusesOf(purchases))].join()
    expect((await statuses(succeeding)) === 'confirmed', `Payments that succeed late ended as ${await statuses(succeeding)}.`)
    expect((await statuses(failing)) === 'rejected', `Payments that fail late ended as ${await statuses(failing)}.`)
    did(`${each} payments that succeeded late, ${each} that failed late`)
  },
}

/** One after the other, so that some are being asked about at every kill. */
async function buySeveral({ shop, random, history }: Stage, token: string, count: number): Promise<Purchase[]> {
  const choices = random.fork(token)
  const buying: Promise<Purchase>[] = []
  for (let index = 0; index < count; index += 1) {
    const lines = [{ sku: choices.pick(shop.catalogue.spread), quantity: 1 }]
    buying.push(buy(history, choices.pick(shop.customers), { lines, payment: { method: 'card', token } }))
    await pause(choices.int(20, 120))
  }
  return Promise.all(buying)
}
