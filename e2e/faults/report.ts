import { writeFileSync } from 'node:fs'
import type { Options } from './options.ts'
import type { Verdict } from './run-scenario.ts'

const SHOWN_FAULTS = 12

/** One line for people, and one for each thing that does not hold. */
export function describeVerdict(verdict: Verdict): string {
  const { accepted, confirmed, rejected, cancelled, attention, open } = verdict.outcomes
  const ends = [`${confirmed} confirmed`, `${rejected} rejected`, `${cancelled} cancelled`]
  if (attention > 0) ends.push(`${attention} ask for attention`)
  if (open > 0) ends.push(`${open} open`)
  const head = [
    verdict.faults.length === 0 ? 'OK    ' : 'BROKEN',
    verdict.scenario.padEnd(20),
    `${verdict.deeds.join('; ')}.`,
    `${accepted} orders accepted (${ends.join(', ')}), ${repeats(verdict)} calls repeated,`,
    `the slowest took ${seconds(verdict.slowestOrderMs)}; served again after ${seconds(verdict.backAfterMs)}, at rest after ${seconds(verdict.atRestAfterMs)}.`,
    `[${seconds(verdict.durationMs)}]`,
  ]
  const shown = verdict.faults.slice(0, SHOWN_FAULTS).map((fault) => `         ${fault}`)
  const more = verdict.faults.length - shown.length
  return [head.join(' '), ...shown, ...(more > 0 ? [`         and ${more} more, in the report`] : [])].join('\n')
}

/** Writes everything as JSON. */
export function writeReport(file: string, { options, verdicts }: { options: Options; verdicts: readonly Verdict[] }): void {
  const { seed, broker, instances, mode } = options
  const broken = verdicts.filter(({ faults }) => faults.length > 0).map(({ scenario }) => scenario)
  writeFileSync(file, `${JSON.stringify({ seed, broker, instances, mode, ok: broken.length === 0, broken, verdicts }, null, 2)}\n`)
}

export function describeAll(verdicts: readonly Verdict[]): string {
  const sum = (count: (verdict: Verdict) => number) => verdicts.reduce((total, verdict) => total + count(verdict), 0)
  const broken = verdicts.filter(({ faults }) => faults.length > 0)
  const covered = new Set(verdicts.flatMap(({ covers }) => covers)).size
  return [
    `${verdicts.length - broken.length} of ${verdicts.length} scenarios held (${covered} of the specification's faults),`,
    `${sum(({ outcomes }) => outcomes.accepted)} orders accepted, ${sum(repeats)} calls repeated.`,
    ...(broken.length > 0 ? [`Broken: ${broken.map(({ scenario }) => scenario).join(', ')}.`] : []),
  ].join(' ')
}

function repeats({ repeatedCalls }: Verdict): number {
  return Object.values(repeatedCalls).reduce((sum, count) => sum + count, 0)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
