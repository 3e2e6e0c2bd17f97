import type { Audit, Report, Result } from './audit.ts'

/** Hands out reports to any number of askers without checking more than one at a time. */
export interface ReportDesk {
  /** Everything. Whoever asks during a check, or shortly after it, gets its report. Errors: those of the check. */
  whole(atRest: boolean): Promise<Report>
  /** The rules for a running system, over orders placed since then, at most 2,000. Errors: those of the check. */
  recent(since: Date, signal: AbortSignal): Promise<Result[]>
}

/** About a second's work. */
const MAX_RECENT = 2000

interface Kept {
  report: Promise<Report>
  /** Infinite while the check runs. */
  endedAtMs: number
}

export interface ReportDeskOptions {
  /** How long a report is handed out after its check. */
  keepMs?: number
  /** Gives checks up. */
  signal?: AbortSignal
  now?: () => number
}

export function createReportDesk(
  audit: Pick<Audit, 'report' | 'check'>,
  { keepMs = 5000, signal, now = Date.now }: ReportDeskOptions = {},
): ReportDesk {
  const kept = new Map<boolean, Kept>()
  let last: Promise<unknown> = Promise.resolve()

  function inTurn<T>(check: () => Promise<T>): Promise<T> {
    const checking = last.then(check)
    last = checking.catch(() => undefined)
    return checking
  }

  return {
    whole(atRest) {
      const known = kept.get(atRest)
      if (known && now() < known.endedAtMs + keepMs) return known.report
      const fresh: Kept = { report: inTurn(() => audit.report({ atRest, ...(signal && { signal }) })), endedAtMs: Number.POSITIVE_INFINITY }
      kept.set(atRest, fresh)
      fresh.report.then(
        () => {
          fresh.endedAtMs = now()
        },
        () => kept.delete(atRest),
      )
      return fresh.report
    },
    recent: (since, giveUp) => inTurn(() => audit.check({ since, maxOrders: MAX_RECENT, signal: giveUp })),
  }
}
