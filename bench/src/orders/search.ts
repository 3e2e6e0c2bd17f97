import type { LoadResult } from './load.ts'

type Sustained = Pick<LoadResult, 'due' | 'completed' | 'errors' | 'unfinished' | 'rejected' | 'refused'>

/** What a load of some rate came to. */
export interface Attempt {
  result: Sustained
}

export interface SearchParts<T extends Attempt> {
  /** Measures one rate for a few seconds. */
  probe: (ordersPerSecond: number) => Promise<T>
  /** Measures one rate as long as a result takes. */
  measure: (ordersPerSecond: number) => Promise<T>
}

const FIRST_RATE = 500
const HIGHEST_RATE = 50_000
const GROWTH = 1.5
const REFINEMENTS = 3
const STEP_DOWN = 0.92
const MAX_STEPS_DOWN = 6
const KEEPS_UP = 0.97

/** Whether completed orders keep up with those due: nothing failed or is missing, and at most 3 % are still under way. */
export function isSustained({ due, completed, errors, unfinished, rejected, refused }: Sustained): boolean {
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0)
  return failed === 0 && rejected === 0 && refused === 0 && unfinished === 0 && completed >= KEEPS_UP * due
}

/**
 * Finds the highest rate that is sustained: raises it by half until completed orders no longer follow, halves the gap a
 * few times, then measures in full, a little lower as often as needed. Undefined when not even the lowest holds.
 */
export async function searchSustained<T extends Attempt>({ probe, measure }: SearchParts<T>): Promise<T | undefined> {
  // One short probe may meet a pause of the machine; two in a row are the system's own.
  const holds = async (rate: number) => isSustained((await probe(rate)).result) || isSustained((await probe(rate)).result)
  let good = 0
  let bad = Number.POSITIVE_INFINITY
  for (let rate = FIRST_RATE; rate <= HIGHEST_RATE && bad === Number.POSITIVE_INFINITY; rate = Math.round(rate * GROWTH)) {
    if (await holds(rate)) good = rate
    else bad = rate
  }
  for (let step = 0; step < REFINEMENTS && bad < Number.POSITIVE_INFINITY; step += 1) {
    const rate = Math.round((good + bad) / 2)
    if (await holds(rate)) good = rate
    else bad = rate
  }
  for (let step = 0; step <= MAX_STEPS_DOWN && good > 0; step += 1) {
    const found = await measure(Math.round(good * STEP_DOWN ** step))
    if (isSustained(found.result)) return found
  }
  return undefined
}
