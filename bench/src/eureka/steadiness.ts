/** Gets a figure that should grow for a while; answers whether it no longer grew by more than this share of the best before. */
export function createSteadiness(within: number): (figure: number) => boolean {
  let best = 0
  return (figure) => {
    const isSteady = best > 0 && figure <= best * (1 + within)
    best = Math.max(best, figure)
    return isSteady
  }
}
