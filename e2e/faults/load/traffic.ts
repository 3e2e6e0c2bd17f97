import { setTimeout as pause } from 'node:timers/promises'
import type { PlaceOrder } from '@order-flow/contracts'
import type { Random } from '../random.ts'
import { buy, cancel } from './buying.ts'
import { type Catalogue, someToken } from './catalogue.ts'
import type { Customer } from './customer.ts'
import type { History } from './history.ts'

export interface TrafficOptions {
  customers: readonly Customer[]
  catalogue: Catalogue
  random: Random
  history: History
  /** 0: nobody comes by himself. */
  ordersPerSecond: number
  /** How many of those who were accepted want to cancel, from 0 to 1. Default 0.15. */
  cancelling?: number
}

export interface Traffic {
  /** Sends nothing new and waits until everybody has an answer. */
  stop(): Promise<void>
}

/** What waits for an answer at the same time; beyond it orders are not sent, and counted. */
const MAX_WAITING = 600
const MAX_CANCEL_DELAY_MS = 1500

/** Customers come at a steady rate, whatever the shop does, until `stop()`. */
export function startTraffic(options: TrafficOptions): Traffic {
  const { customers, history, random } = options
  const running = new Set<Promise<void>>()
  let isStopping = false
  let visits = 0

  async function visit(choices: Random): Promise<void> {
    const purchase = await buy(history, choices.pick(customers), someRequest(options.catalogue, choices))
    if (!choices.chance(options.cancelling ?? 0.15)) return
    await cancel(purchase, choices.chance(0.5) ? 0 : choices.int(0, MAX_CANCEL_DELAY_MS))
  }

  function welcome(): void {
    if (running.size >= MAX_WAITING) {
      history.notSent += 1
      return
    }
    visits += 1
    const going = visit(random.fork(`visit ${visits}`)).finally(() => running.delete(going))
    running.add(going)
  }

  async function run(): Promise<void> {
    const startedAtMs = performance.now()
    for (let sent = 0; !isStopping && options.ordersPerSecond > 0; sent += 1) {
      const dueMs = startedAtMs + (sent / options.ordersPerSecond) * 1000
      await pause(Math.max(0, dueMs - performance.now()))
      if (!isStopping) welcome()
    }
    await Promise.all(running)
  }

  const ending = run()
  return {
    async stop() {
      isStopping = true
      await ending
    },
  }
}

/** One product that everybody wants, one of many, one that sells out, or several in whatever order. */
export function someRequest({ hot, spread, scarce }: Catalogue, random: Random): PlaceOrder {
  const kind = random.next()
  const skus =
    kind < 0.3 ? [hot] : kind < 0.7 ? [random.pick(spread)] : kind < 0.75 ? [random.pick(scarce)] : several([hot, ...spread], random)
  return {
    lines: skus.map((sku) => ({ sku, quantity: random.int(1, 3) })),
    payment: { method: 'card', token: someToken(random) },
  }
}

function several(skus: readonly string[], random: Random): string[] {
  return random.shuffle(skus).slice(0, random.int(2, 5))
}
