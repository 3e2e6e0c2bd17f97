import { AppError, Gauge, Histogram, type Logger, type Metrics } from '@order-flow/service-kit'
import { type Call, callTraceId } from './call.ts'
import { Refusal } from './refusal.ts'
import type { SocketEnd } from './tunnel.ts'

/** The status that the log has where the client went away before it got an answer. */
export const CLIENT_GONE = 499

export interface Observation {
  /** Writes the access log and counts, once per request, when its answer is complete or its client gone. */
  onRequestEnd(call: Call, status: number): void
  /** Writes the end of an accepted WebSocket to the access log. */
  onSocketEnd(call: Call, end: SocketEnd): void
}

/** Makes the gateway's access log and its numbers. Neither holds query strings, addresses or names of people. */
export function createObservation(logger: Logger, metrics: Metrics, openSockets: () => number): Observation {
  const duration = new Histogram({
    name: 'gateway_requests_seconds',
    help: 'Time from the request line to the end of the answer; for WebSockets, to the end of the handshake.',
    labelNames: ['route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [metrics.registry],
  })
  new Gauge({
    name: 'gateway_sockets',
    help: 'WebSockets open through the gateway.',
    registers: [metrics.registry],
    collect() {
      this.set(openSockets())
    },
  })

  return {
    onRequestEnd(call, status) {
      const route = call.match?.route.id ?? 'none'
      const durationMs = performance.now() - call.startedAtMs
      duration.observe({ route, status }, durationMs / 1000)
      const line = { ...fieldsOf(call), status, durationMs: Math.round(durationMs * 100) / 100 }
      if (isOurFault(call.failure)) logger.error({ ...line, err: call.failure }, 'request')
      else logger.info(line, 'request')
    },
    onSocketEnd(call, { durationMs, bytesFromClient, bytesToClient }) {
      logger.info({ ...fieldsOf(call), durationMs: Math.round(durationMs), bytesFromClient, bytesToClient }, 'socket closed')
    },
  }
}

function fieldsOf(call: Call) {
  return {
    method: call.method,
    route: call.match?.route.id ?? 'none',
    problem: problemIn(call.failure),
    requestId: call.requestId,
    traceId: callTraceId(call),
    userId: call.identity?.userId,
  }
}

function problemIn(failure: unknown): string | undefined {
  return failure instanceof Refusal || failure instanceof AppError ? failure.problem : undefined
}

function isOurFault(failure: unknown): boolean {
  return failure !== undefined && !(failure instanceof Refusal) && !(failure instanceof AppError && failure.code !== 'internal')
}
