import { build } from 'hdr-histogram-js'

const MAX_MICROS = 600_000_000

/** Latencies in milliseconds, exact to 0.1 %; `count` says of how many. */
export interface Percentiles {
  count: number
  p50: number | null
  p90: number | null
  p99: number | null
  p999: number | null
  max: number | null
}

/** Collects latencies (an HDR histogram from 1 us to 10 minutes). */
export function createLatency() {
  const histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: MAX_MICROS, numberOfSignificantValueDigits: 3 })
  // The histogram answers with the upper end of a bucket, which may lie above the largest value there was.
  const at = (percentile: number) =>
    histogram.totalCount === 0 ? null : Math.min(histogram.getValueAtPercentile(percentile), histogram.maxValue) / 1000
  return {
    record(ms: number): void {
      histogram.recordValue(Math.min(MAX_MICROS, Math.max(1, Math.round(ms * 1000))))
    },
    percentiles(): Percentiles {
      return {
        count: histogram.totalCount,
        p50: at(50),
        p90: at(90),
        p99: at(99),
        p999: at(99.9),
        max: at(100),
      }
    },
  }
}

export type Latency = ReturnType<typeof createLatency>
