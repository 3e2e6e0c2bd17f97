/** Delay before retry `attempt` (1-based), in ms: doubles from `baseMs`, never above `maxMs`, half of it random. */
export function backoffMs(attempt: number, baseMs = 200, maxMs = 30_000, random: () => number = Math.random): number {
  const fullMs = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30))
  return Math.round(fullMs / 2 + (random() * fullMs) / 2)
}
