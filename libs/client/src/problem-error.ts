import type { Problem } from '@order-flow/contracts'

/** The `type` of the problem made up here when no server answered at all; its `status` is 0. */
export const NO_ANSWER = 'urn:orderflow:client:no-answer'

/** What every call throws that did not succeed: the server's problem (RFC 9457), or one of type NO_ANSWER. */
export class ProblemError extends Error {
  readonly problem: Problem
  /** The HTTP status; 0 when nobody answered. */
  readonly status: number
  /** From `Retry-After` or the problem itself; undefined when the server did not say. */
  readonly retryAfterSeconds: number | undefined

  constructor(problem: Problem, options: { cause?: unknown; retryAfterSeconds?: number | undefined } = {}) {
    super(problem.detail ?? problem.title, { cause: options.cause })
    this.name = 'ProblemError'
    this.problem = problem
    this.status = problem.status
    const facts: Record<string, unknown> = problem
    const stated = typeof facts.retryAfterSeconds === 'number' ? facts.retryAfterSeconds : undefined
    this.retryAfterSeconds = options.retryAfterSeconds ?? stated
  }
}

/** No answer came, so nobody knows whether the call took effect. */
export function noAnswer(what: string, cause: unknown): ProblemError {
  return new ProblemError({ type: NO_ANSWER, title: 'No answer', status: 0, detail: what }, { cause })
}

/** The problem in an unsuccessful answer; one is made from the status when the body holds none (a proxy's page). */
export async function readProblem(response: Response): Promise<ProblemError> {
  const retryAfterSeconds = parseRetryAfter(response.headers.get('retry-after'))
  const body: unknown = await response.json().catch(() => undefined)
  const problem = isProblem(body)
    ? { ...body, status: response.status }
    : { type: 'about:blank', title: response.statusText || `HTTP ${response.status}`, status: response.status }
  return new ProblemError(problem, { retryAfterSeconds })
}

/**
 * True while it is unknown or undecided whether a call took effect: no answer, a server error, a key still in flight
 * (409 with `Retry-After`), or a door that asks to come back (401, 408, 425, 429). The same call with the same
 * Idempotency-Key is then the way to find out.
 */
export function isUnanswered(error: unknown): boolean {
  if (!(error instanceof ProblemError)) return false
  if (error.status === 409) return error.retryAfterSeconds !== undefined
  return error.status === 0 || error.status >= 500 || [401, 408, 425, 429].includes(error.status)
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'title' in body && typeof body.title === 'string'
}

// The date form of Retry-After is left out: our gateway and services send seconds.
function parseRetryAfter(header: string | null): number | undefined {
  const seconds = Number(header ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined
}
