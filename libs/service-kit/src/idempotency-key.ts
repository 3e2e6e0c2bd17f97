import type { FastifyRequest } from 'fastify'
import { AppError } from './errors.ts'
import { headerOf } from './http-server.ts'

const FORM = /^[\x21-\x7e]{1,255}$/

/** The request's `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). Errors: `invalid` when there is none. */
export function idempotencyKeyOf(request: FastifyRequest): string {
  const key = headerOf(request, 'idempotency-key')
  if (key !== undefined && FORM.test(key)) return key
  throw new AppError('invalid', 'Send an Idempotency-Key header of 1 to 255 visible characters, a new one for each new request.', {
    problem: 'idempotency-key-missing',
  })
}
