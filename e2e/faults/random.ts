/** Choices that a seed decides: the same seed and the same questions give the same answers. */
export interface Random {
  /** From 0 (inclusive) to 1. */
  next(): number
  /** From `min` to `max`, both possible. */
  int(min: number, max: number): number
  chance(probability: number): boolean
  pick<T>(choices: readonly T[]): T
  shuffle<T>(list: readonly T[]): T[]
  /** Choices of their own for one purpose, so that what happens at the same time does not change them. */
  fork(purpose: string): Random
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0

  /** Mulberry32: small, fast, and good enough to choose faults by. */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick(choices) {
      if (choices.length === 0) throw new Error('There is nothing to choose from.')
      return choices[int(0, choices.length - 1)] as (typeof choices)[number] // the index is one of the list
    },
    shuffle(list) {
      return list
        .map((item) => ({ item, order: next() }))
        .sort((a, b) => a.order - b.order)
        .map(({ item }) => item)
    },
    fork: (purpose) => createRandom(hash(`${seed}:${purpose}`)),
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value >>> 0
}
