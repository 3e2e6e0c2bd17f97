import type { IncomingHttpHeaders } from 'node:http'
import { AppError } from '@order-flow/service-kit'
import type { Caller } from '../guard/guard.ts'
import { type InstanceStatus, type Origin, STATUSES } from '../registry/instance.ts'
import { type Format, formatOf } from '../wire/format.ts'

/** A request below one of Eureka's base addresses. */
export interface EurekaRequest {
  method: string
  /** The path below the base, decoded, e.g. `['apps', 'ORDERS']`. */
  segments: readonly string[]
  query: URLSearchParams
  headers: IncomingHttpHeaders
  /** Empty when there is none. */
  body: string
  caller: Caller
}

export type Target = Pick<EurekaRequest, 'segments' | 'query'>

/** What a URL asks for; undefined when it is not below one of Eureka's base addresses. Errors: `invalid` when it cannot be decoded. */
export function parseTarget(url: string): Target | undefined {
  const queryStart = url.indexOf('?')
  const path = queryStart < 0 ? url : url.slice(0, queryStart)
  // Duplicate slashes and one at the end mean nothing; Java clients send both.
  const segments = path.split('/').filter((segment) => segment !== '')
  if (segments[0] !== 'eureka') return undefined
  const base = segments[1] === 'v2' || segments[1] === 'v1' ? 2 : 1
  return {
    segments: segments.slice(base).map(decode),
    query: new URLSearchParams(queryStart < 0 ? '' : url.slice(queryStart + 1)),
  }
}

function decode(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch (error) {
    throw new AppError('invalid', 'The path holds a % that is not followed by two hexadecimal digits of UTF-8.', { cause: error })
  }
}

export function requestedFormat({ headers }: EurekaRequest): Format {
  const { accept, 'x-eureka-accept': eurekaAccept } = headers
  return formatOf(accept, typeof eurekaAccept === 'string' ? eurekaAccept : undefined)
}

/** Peers mark what they pass on, so that it is not passed on again. */
export function originOf({ headers }: Pick<EurekaRequest, 'headers'>): Origin {
  return headers['x-netflix-discovery-replication'] === 'true' ? 'peer' : 'client'
}

/** The query parameter as a status. Errors: `invalid` when it is none. */
export function requiredStatus({ query }: EurekaRequest): InstanceStatus {
  const value = query.get('value')
  const status = STATUSES.find((name) => name === value)
  if (status) return status
  throw new AppError('invalid', `The query parameter "value" must be one of ${STATUSES.join(', ')}.`)
}

/** `lastDirtyTimestamp` of the query; undefined when it is absent. Errors: `invalid` when it is no number. */
export function dirtyTimestampOf({ query }: EurekaRequest): number | undefined {
  const text = query.get('lastDirtyTimestamp')
  if (text === null || text === '') return undefined
  const timestamp = Number(text)
  if (Number.isSafeInteger(timestamp) && timestamp >= 0) return timestamp
  throw new AppError('invalid', 'The query parameter "lastDirtyTimestamp" must be a whole number of milliseconds.')
}
