const ROUNDS = 2

/**
 * Gets a figure that should grow for a while; answers whether the last two were not above the best before them by more than this
 * share. Two, since one may be low because of what else the machine does.
 */
export function createSteadiness(within: number): (figure: number) => boolean {
  let best = 0
  let rounds = 0
  return (figure) => {
    rounds = best > 0 && figure <= best * (1 + within) ? rounds + 1 : 0
    best = Math.max(best, figure)
    return rounds >= ROUNDS
  }
}
