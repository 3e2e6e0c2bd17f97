import { STATUS_CODES } from 'node:http'
import type { Problem } from '@order-flow/contracts'
import { AppError, messageOf, problemOf } from '@order-flow/service-kit'

export interface RefusalOptions {
  /** Further headers of the answer. */
  headers?: Readonly<Record<string, string>>
  cause?: unknown
}

/** A request that the gateway itself does not serve; status and problem type (RFC 9457) say why. */
export class Refusal extends Error {
  readonly status: number
  readonly problem: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, problem: string, detail: string, options: RefusalOptions = {}) {
    // Where it was made is no news to anybody, and finding that out costs more than all the rest when many are refused.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(detail, 'cause' in options ? { cause: options.cause } : undefined)
    Error.stackTraceLimit = stackTraceLimit
    this.name = 'Refusal'
    this.status = status
    this.problem = problem
    this.headers = options.headers ?? {}
  }
}

/** 400 for a request that is not as HTTP or this gateway wants it. */
export function badRequest(problem: string, detail: string): Refusal {
  return new Refusal(400, problem, detail)
}

/** 404 for a path that no route takes. */
export function noRoute(method: string, path: string): Refusal {
  return new Refusal(404, 'no-route', `There is nothing at ${method} ${path}.`)
}

/** 413 for a body above the route's limit. */
export function bodyTooLarge(maxBytes: number): Refusal {
  return new Refusal(413, 'body-too-large', `The request body is larger than the ${maxBytes} bytes that this address takes.`)
}

/** 503 when a service has no live instance, or none that takes connections. */
export function noInstance(service: string): Refusal {
  return new Refusal(503, 'no-instance', `No instance of ${service} can be reached now; try again soon.`, {
    headers: { 'retry-after': '2' },
  })
}

/** 503 when more requests wait for a service than the gateway holds, or more sockets are open than it may hold. */
export function overloaded(detail: string): Refusal {
  return new Refusal(503, 'overloaded', detail, { headers: { 'retry-after': '1' } })
}

/** An answer of the gateway's own: what to send and nothing more to decide. */
export interface RefusalAnswer {
  status: number
  headers: Readonly<Record<string, string>>
  body: string
}

/** The RFC 9457 answer to whatever kept a request from being served. What is not a Refusal or AppError is masked. */
export function answerOf(error: unknown, path: string): RefusalAnswer {
  if (error instanceof Refusal) {
    const { status, problem, headers } = error
    return answer(
      { type: `/problems/${problem}`, title: STATUS_CODES[status] ?? 'Refused', status, detail: error.message, instance: path },
      headers,
    )
  }
  const known = error instanceof AppError ? error : new AppError('internal', messageOf(error), { cause: error })
  const problem = problemOf(known, path)
  if (problem.status === 401) return answer(problem, { 'www-authenticate': 'Bearer' })
  return answer(problem, problem.status === 503 ? { 'retry-after': '1' } : {})
}

function answer(problem: Problem, headers: Readonly<Record<string, string>>): RefusalAnswer {
  const body = JSON.stringify(problem)
  const own = { 'content-type': 'application/problem+json', 'content-length': String(Buffer.byteLength(body)), 'cache-control': 'no-store' }
  return { status: problem.status, headers: { ...own, ...headers }, body }
}
