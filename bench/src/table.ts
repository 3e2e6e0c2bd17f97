import type { Percentiles } from './latency.ts'

/** Columns under each other, two spaces apart. */
export function table(rows: readonly string[][]): string {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, column) => Math.max(cell.length, most[column] ?? 0)), [])
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** `reason: 3, other: 1`, or `none`. */
export function errorText(errors: Record<string, number>): string {
  const entries = Object.entries(errors)
  return entries.length === 0 ? 'none' : entries.map(([cause, count]) => `${cause}: ${count}`).join(', ')
}

/** Two latencies, e.g. the 50th and the 90th percentile. */
export function pair(first: number | null, second: number | null): string {
  return `${ms(first)} / ${ms(second)}`
}

/** The slowest: the 99th and the 99.9th percentile, and the maximum. */
export function tail({ p99, p999, max }: Percentiles): string {
  return `${ms(p99)} / ${ms(p999)} / ${ms(max)}`
}

export function ms(value: number | null): string {
  return value === null ? '-' : value.toFixed(1)
}
