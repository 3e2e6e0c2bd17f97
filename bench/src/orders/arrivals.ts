/**
 * The times at which requests are due, from 0 on, in ms: a Poisson process of `perSecond`, as independent customers make
 * it. They depend on nothing that is measured, which is what keeps a slow answer from hiding the waits behind it.
 * `random` gives numbers in [0, 1).
 */
export function* arrivals(perSecond: number, random: () => number): Generator<number, never> {
  let atMs = 0
  for (;;) {
    atMs += (-Math.log(1 - random()) * 1000) / perSecond
    yield atMs
  }
}

/** A small seeded generator of numbers in [0, 1) (mulberry32), so that a run can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
