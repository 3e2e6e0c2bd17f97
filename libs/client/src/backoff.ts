const MIN_DELAY_MS = 500
const MAX_DELAY_MS = 30_000

/**
 * How long to wait before connecting again, ms: somewhere in the server's hint when there is one, else between 0.5 s
 * and a bound that doubles with every failure (1-based) up to 30 s. The jitter keeps clients from coming all at once.
 */
export function reconnectDelayMs({
  failures,
  hint,
  random,
}: {
  failures: number
  hint: [number, number] | undefined
  random: () => number
}): number {
  const [fromMs, toMs] = hint ?? [MIN_DELAY_MS, Math.min(MAX_DELAY_MS, 2 * MIN_DELAY_MS * 2 ** (failures - 1))]
  return Math.round(fromMs + random() * (toMs - fromMs))
}
