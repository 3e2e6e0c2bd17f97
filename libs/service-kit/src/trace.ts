import { randomHex } from './ids.ts'

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** The caller's `traceparent` (W3C Trace Context) with a new span of ours, or a new trace when it has none or a bad one. */
export function continueTrace(traceparent: string | undefined): string {
  const parts = traceparent === undefined ? null : TRACEPARENT.exec(traceparent)
  const traceId = parts?.[1] && !/^0+$/.test(parts[1]) ? parts[1] : randomHex(16)
  return `00-${traceId}-${randomHex(8)}-${parts?.[3] ?? '01'}`
}

/** The trace id within a `traceparent`, for logs. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return traceparent?.split('-')[1]
}
