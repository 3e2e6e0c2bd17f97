import { badRequest, Refusal } from './refusal.ts'
import type { Route } from './routes/route.ts'

/** Whether nothing was sent because there was no connection: only then may another instance get the same request. */
export function isConnectFailure(error: Error): boolean {
  return codeOf(error) !== 'UND_ERR_INVALID_ARG' && codeOf(error) !== 'UND_ERR_NOT_SUPPORTED'
}

/** The refusal for what undici reports once the request went out. The client hears no detail about the upstream. */
export function upstreamFailure(route: Route, error: Error): Refusal {
  // undici wraps what a streamed body reports about itself in nothing: a body above the limit arrives as it was thrown.
  if (error instanceof Refusal) return error
  switch (codeOf(error)) {
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
      return badRequest('bad-header', 'The request has a header that cannot be passed on.')
    case 'UND_ERR_BODY_TIMEOUT':
      return upstreamTimeout(route)
    default:
      return new Refusal(502, 'upstream-failed', `${serviceName(route)} broke off before it answered.`, { cause: error })
  }
}

/** 504 when the upstream did not begin its answer in time. */
export function upstreamTimeout(route: Route): Refusal {
  return new Refusal(504, 'upstream-timeout', `${serviceName(route)} did not answer within ${route.responseTimeoutMs} ms.`)
}

/** What to call the upstream before clients: the service's name, never an address. */
export function serviceName({ target }: Route): string {
  return target.kind === 'service' ? target.name : 'The upstream'
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined
}
