import type { Window } from '../window.ts'

/** What one second of a load brought. Latency from when an order was due to its notification, ms. */
export interface SecondResult {
  /** From the beginning of the window: 0, 1, ... */
  second: number
  completed: number
  p50: number | null
  p99: number | null
}

/** Collects completed orders by the second in which they completed. Exact; it holds one number per order. */
export function createTimeline({ fromMs, toMs }: Window) {
  const seconds: number[][] = Array.from({ length: Math.ceil((toMs - fromMs) / 1000) }, () => [])

  return {
    completed(atMs: number, latencyMs: number): void {
      seconds[Math.floor((atMs - fromMs) / 1000)]?.push(latencyMs)
    },

    seconds(): SecondResult[] {
      return seconds.map((latencies, second) => {
        const sorted = latencies.toSorted((a, b) => a - b)
        return { second, completed: sorted.length, p50: percentile(sorted, 50), p99: percentile(sorted, 99) }
      })
    },
  }
}

/** The value that `percent` of the sorted values do not exceed, to a hundredth; null of none. */
export function percentile(sorted: readonly number[], percent: number): number | null {
  const value = sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)]
  return value === undefined ? null : Math.round(value * 100) / 100
}
