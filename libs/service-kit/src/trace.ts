import { randomUUID } from 'node:crypto'

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** The caller's `traceparent` (W3C Trace Context) with a new span of ours, or a new trace when it has none or a bad one. */
export function continueTrace(traceparent: string | undefined): string {
  const parts = traceparent === undefined ? null : TRACEPARENT.exec(traceparent)
  // Two UUIDs' digits: the system keeps random bytes for them at hand.
  const traceId = parts?.[1] && !/^0+$/.test(parts[1]) ? parts[1] : randomUUID().replaceAll('-', '')
  const spanId = `${randomUUID().slice(0, 8)}${randomUUID().slice(0, 8)}`
  return `00-${traceId}-${spanId}-${parts?.[3] ?? '01'}`
}

/** The trace id within a `traceparent`, for logs. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return traceparent?.split('-')[1]
}
