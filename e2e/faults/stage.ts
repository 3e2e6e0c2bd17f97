import { setTimeout as pause } from 'node:timers/promises'
import type { History } from './load/history.ts'
import type { Options } from './options.ts'
import type { Random } from './random.ts'
import type { TestShop } from './test-shop.ts'

/** What a scenario has at hand. */
export interface Stage {
  shop: TestShop
  /** Choices of this scenario alone. */
  random: Random
  history: History
  options: Options
  /** Waits: so many seconds in a long run, fewer in a short one. */
  seconds(long: number, short: number): Promise<void>
  /** The same choice for other numbers. */
  sized(long: number, short: number): number
  /** Notes what was done, for the report. */
  did(what: string): void
  /** The shop is broken when this does not hold; `otherwise` says so in a sentence. */
  expect(holds: boolean, otherwise: string): void
  /** What has been done and found so far. */
  deeds: string[]
  faults: string[]
}

export function createStage({
  shop,
  random,
  history,
  options,
}: {
  shop: TestShop
  random: Random
  history: History
  options: Options
}): Stage {
  const deeds: string[] = []
  const faults: string[] = []
  const sized = (long: number, short: number) => (options.mode.kind === 'short' ? short : long)
  return {
    shop,
    random,
    history,
    options,
    deeds,
    faults,
    sized,
    seconds: (long, short) => pause(sized(long, short) * 1000),
    did: (what) => deeds.push(what),
    expect(holds, otherwise) {
      if (!holds) faults.push(otherwise)
    },
  }
}
