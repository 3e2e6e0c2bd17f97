/** Tells of a problem when it begins, not at each of the tries that follow, and not of requests that stopping cut off. */
export interface Problems {
  report(kind: string, problem: string): void
  over(kind: string): void
}

/** Makes a reporter that is silent once `stopping` is aborted. */
export function createProblems(onProblem: (problem: string) => void, stopping: AbortSignal): Problems {
  const known = new Set<string>()
  return {
    report(kind, problem) {
      if (known.has(kind) || stopping.aborted) return
      known.add(kind)
      onProblem(problem)
    },
    over: (kind) => void known.delete(kind),
  }
}

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const RETRY_MS = 1000
const MAX_RETRY_MS = 5000

/** Pause before try `failures + 1`, ms: from 1 s, doubled up to 5 s, but never above the usual pause. */
export function retryMs(failures: number, usualMs: number): number {
  return Math.min(usualMs, MAX_RETRY_MS, RETRY_MS * 2 ** Math.max(0, failures - 1))
}
