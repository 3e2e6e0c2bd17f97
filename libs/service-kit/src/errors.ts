/** What kind of failure it is; HTTP and the broker each map codes in one place. */
export type ErrorCode =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'unprocessable'
  | 'too_large'
  | 'too_many_requests'
  | 'unsupported_media_type'
  | 'unavailable'
  | 'internal'

export interface ErrorOptions {
  cause?: unknown
  /** Name of the problem type (RFC 9457), e.g. `price-changed`. Default: the code. */
  problem?: string
  /** Further members of the problem, e.g. `{ retryAfterSeconds: 1 }`. Never personal data: clients and logs get them. */
  facts?: Record<string, unknown>
}

/**
 * An error for a person and a program: the message is a sentence with the facts, the code says what kind it is.
 * Everything that is not an AppError counts as `internal` and is masked at the doors.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly problem: string
  readonly facts: Record<string, unknown>

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'AppError'
    this.code = code
    this.problem = options.problem ?? code.replaceAll('_', '-')
    this.facts = options.facts ?? {}
  }
}

/** For the `default` of a switch over a union: the compiler refuses a forgotten case. */
export function unreachable(value: never): never {
  throw new AppError('internal', `Unexpected value ${JSON.stringify(value)}.`)
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
