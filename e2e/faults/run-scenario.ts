import type { OrderSummary } from '@order-flow/contracts'
import { findNotificationFaults } from './checks/notifications.ts'
import { countOutcomes, findOrderFaults, type Outcomes } from './checks/orders.ts'
import { settle } from './checks/rest.ts'
import { buy } from './load/buying.ts'
import { createHistory, type History, repeatedCalls } from './load/history.ts'
import { startTraffic } from './load/traffic.ts'
import type { Options } from './options.ts'
import type { Random } from './random.ts'
import type { Scenario } from './scenario.ts'
import { createStage, type Stage } from './stage.ts'
import type { TestShop } from './test-shop.ts'

/** What became of one scenario. */
export interface Verdict {
  scenario: string
  covers: readonly string[]
  /** What was done to the shop. */
  deeds: readonly string[]
  outcomes: Outcomes
  /** Calls that customers had to make again, by the reason. */
  repeatedCalls: Record<string, number>
  /** From the end of the faults until an order placed then was decided. */
  backAfterMs: number
  /** The longest that an accepted order waited for its end. */
  slowestOrderMs: number
  /** From the last order until nothing was under way. */
  atRestAfterMs: number
  /** What does not hold, as sentences; empty: all is well. */
  faults: readonly string[]
  durationMs: number
}

export interface Run {
  shop: TestShop
  random: Random
  options: Options
}

/** Runs a scenario under load, lets the shop come to rest, and checks everything. */
export async function runScenario(scenario: Scenario, { shop, random, options }: Run): Promise<Verdict> {
  const startedAtMs = performance.now()
  const since = new Date()
  const history = createHistory()
  const stage = createStage({ shop, random, history, options })
  const ordersPerSecond = scenario.ordersPerSecond ?? options.ordersPerSecond
  const traffic = startTraffic({
    customers: shop.customers,
    catalogue: shop.catalogue,
    random: random.fork('traffic'),
    history,
    ordersPerSecond,
    ...(scenario.cancelling !== undefined && { cancelling: scenario.cancelling }),
  })
  await scenario.run(stage).catch((error: unknown) => stage.expect(false, `It could not go on: ${messageOf(error)}`))
  await shop.mend().catch((error: unknown) => stage.expect(false, `The shop could not be mended: ${messageOf(error)}`))
  const backAfterMs = await timeToServe(stage)
  await shop.allReady().catch((error: unknown) => stage.expect(false, messageOf(error)))
  await traffic.stop()

  const stoppedAtMs = performance.now()
  const rest = await settle({ shop, history, since, random: random.fork('rest') })
  const atRestAfterMs = performance.now() - stoppedAtMs
  const faults = [...stage.faults, ...rest.faults, ...(await findFaults(stage, rest.orders, scenario))]
  if (history.notSent > 0) stage.did(`${history.notSent} customers turned away by the suite itself`)
  return {
    scenario: scenario.name,
    covers: scenario.faults,
    deeds: stage.deeds,
    outcomes: countOutcomes(history, rest.orders, rest.explained),
    repeatedCalls: repeatedCalls(history),
    backAfterMs,
    slowestOrderMs: Math.max(
      0,
      ...[...rest.orders.values()].map(({ placedAt, updatedAt }) => Date.parse(updatedAt) - Date.parse(placedAt)),
    ),
    atRestAfterMs,
    faults,
    durationMs: performance.now() - startedAtMs,
  }
}

async function findFaults({ shop, history }: Stage, orders: ReadonlyMap<string, OrderSummary>, scenario: Scenario): Promise<string[]> {
  const theirs = scenario.othersBuy ? ofHistory(orders, history) : orders
  return [...findOrderFaults(history, theirs, shop.catalogue.priceOf), ...(await findNotificationFaults(shop.listeners, theirs))]
}

function ofHistory(orders: ReadonlyMap<string, OrderSummary>, { purchases }: History): Map<string, OrderSummary> {
  const ids = new Set(purchases.map(({ answers }) => answers[0]?.id))
  return new Map([...orders].filter(([id]) => ids.has(id)))
}

/** How long it takes until an order that is placed now is decided. */
async function timeToServe({ shop, history, expect }: Stage): Promise<number> {
  const startedAtMs = performance.now()
  const [customer] = shop.customers
  const [sku] = shop.catalogue.spread
  if (!customer || sku === undefined) return 0
  const request = { lines: [{ sku, quantity: 1 }], payment: { method: 'card', token: 'tok_visa' } as const }
  const purchase = await buy(history, customer, request)
  const isDecided = await shop.ended([purchase])
  expect(isDecided, 'An order that was placed after the faults had ended was not decided within a minute.')
  return performance.now() - startedAtMs
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
