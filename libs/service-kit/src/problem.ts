import type { Problem } from '@order-flow/contracts'
import type { FastifyReply } from 'fastify'
import type { AppError, ErrorCode } from './errors.ts'

/** The one place where error codes become HTTP. */
const STATUS: Record<ErrorCode, { status: number; title: string }> = {
  invalid: { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'Sign-in needed' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'Conflict' },
  unprocessable: { status: 422, title: 'Cannot be processed' },
  too_large: { status: 413, title: 'Too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  unavailable: { status: 503, title: 'Not available now' },
  internal: { status: 500, title: 'Internal error' },
}

/** The RFC 9457 problem for an error. What is internal is masked; its request id leads to the log. */
export function problemOf(error: AppError, url: string): Problem {
  const { status, title } = STATUS[error.code]
  const instance = url.split('?')[0] ?? url
  if (error.code === 'internal') return { type: '/problems/internal', title, status, detail: 'Something went wrong on our side.', instance }
  return { ...error.facts, type: `/problems/${error.problem}`, title, status, detail: error.message, instance }
}

/** Answers with a problem; `retryAfterSeconds` among its members becomes the `Retry-After` header too. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { retryAfterSeconds } = problem as { retryAfterSeconds?: unknown } // an open member of the problem
  if (typeof retryAfterSeconds === 'number') reply.header('retry-after', String(retryAfterSeconds))
  else if (problem.status === 503) reply.header('retry-after', '1')
  return reply.code(problem.status).type('application/problem+json').send(problem)
}
