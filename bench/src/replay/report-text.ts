import { formatMinor } from './money.ts'
import type { Report } from './report.ts'

/** The report as a table for a terminal, ending with what does not add up or that all does. */
export function formatReport(report: Report, differences: readonly string[]): string {
  const { confirmed, rejected, linesSkipped, latencyMs } = report
  const rows: (readonly [string, string])[] = [
    ['Sales read', count(report.salesRead)],
    ['Orders placed', count(report.ordersPlaced)],
    ['  confirmed', count(confirmed)],
    ...reasons('  rejected', rejected),
    ...optional('  without an outcome', report.unsettled),
    ...optional('Sales skipped', report.salesSkipped),
    ...reasons('Lines skipped', linesSkipped),
    ['Cancellations read', count(report.cancellationsRead)],
    ['  applied', count(report.cancellationsApplied)],
    ['  partly applied', count(report.cancellationsPartlyApplied)],
    ['  original not found', count(report.cancellationsNotApplied)],
    ["Money in the file's sales", formatMinor(report.fileMinor)],
    ['  in confirmed orders', formatMinor(report.confirmedMinor)],
    ['  in rejected orders', formatMinor(report.rejectedMinor)],
    ['  in skipped lines', formatMinor(report.skippedMinor)],
    [
      'Order to notification',
      latencyMs.count === 0 ? 'none seen' : `p50 ${ms(latencyMs.p50)}, p99 ${ms(latencyMs.p99)} (${count(latencyMs.count)} orders)`,
    ],
  ]
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  const table = rows.map(([name, value]) => `${name.padEnd(width)}${value}\n`).join('')
  return `${table}${differences.length === 0 ? 'Everything reconciles.' : differences.join('\n')}\n`
}

function reasons(title: string, counts: Record<string, number>): (readonly [string, string])[] {
  const entries = Object.entries(counts)
  const total = entries.reduce((sum, [, number]) => sum + number, 0)
  const indent = title.startsWith(' ') ? '    ' : '  '
  return [[title, count(total)], ...entries.map(([reason, number]) => [`${indent}${reason.replaceAll('_', ' ')}`, count(number)] as const)]
}

function optional(title: string, number: number): (readonly [string, string])[] {
  return number === 0 ? [] : [[title, count(number)]]
}

function count(number: number): string {
  return number.toLocaleString('en-GB')
}

function ms(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(1)} ms`
}
