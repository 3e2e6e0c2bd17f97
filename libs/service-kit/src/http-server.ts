import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { AppError, messageOf } from './errors.ts'
import { closeGently } from './gentle-close.ts'
import type { Health } from './health.ts'
import { newId } from './ids.ts'
import type { Logger } from './logger.ts'
import { Histogram, type Metrics } from './metrics.ts'
import { problemOf, sendProblem } from './problem.ts'
import { continueTrace, traceIdOf } from './trace.ts'
import { bodyAjv, textAjv } from './validation.ts'

/** Fastify whose handlers see the types of their TypeBox schemas. */
export type HttpServer = ReturnType<typeof createHttpServer>

export interface HttpServerParts {
  name: string
  version: string
  logger: Logger
  health: Health
  metrics: Metrics
}

const DEFAULT_BODY_LIMIT_BYTES = 1_048_576
const REQUEST_TIMEOUT_MS = 30_000

/**
 * An HTTP server as every service has it: schema-checked bodies, RFC 9457 errors, request id and trace context,
 * `/actuator/health`, `/actuator/health/liveness`, `/actuator/health/readiness`, `/actuator/info`, `/actuator/prometheus`.
 */
export function createHttpServer(parts: HttpServerParts) {
  const http = fastify({
    logger: false,
    bodyLimit: DEFAULT_BODY_LIMIT_BYTES,
    serverFactory: createNodeServer,
    return503OnClosing: false,
    requestIdHeader: 'x-request-id',
    genReqId: () => newId(),
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: (error, request, reply) => answerError(error, request, reply, parts.logger),
  }).withTypeProvider<TypeBoxTypeProvider>()

  http.setValidatorCompiler(({ schema, httpPart }) => (httpPart === 'body' ? bodyAjv : textAjv).compile(schema as object)) // Fastify types it unknown
  http.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply, parts.logger))
  http.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      problemOf(new AppError('not_found', `There is nothing at ${request.method} ${request.url.split('?')[0]}.`), request.url),
    ),
  )
  closeGently(http)
  traceRequests(http)
  measureRequests(http, parts)
  addActuator(http, parts)
  return http
}

/** Serves a request itself and answers true, or leaves it and answers false. */
export type RequestTaker = (request: IncomingMessage, response: ServerResponse) => boolean

const takers = new WeakMap<Server, RequestTaker>()

/** Lets a protocol of its own take requests before Fastify sees them: no hooks, no schema, no metrics but its own. */
export function takeRequests(http: HttpServer, taker: RequestTaker): void {
  takers.set(http.server, taker)
}

function createNodeServer(handler: (request: IncomingMessage, response: ServerResponse) => void): Server {
  // Longer than the gateway keeps idle connections, so that the gateway never sends on one that we are closing.
  const options: ServerOptions = {
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: 75_000,
    // Apache's HTTP client offers an upgrade to TLS with ordinary requests; they are not for who waits for sockets.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  }
  const server: Server = createServer(options, (request, response) => {
    // As Fastify does: who comes on an open connection while we close goes elsewhere next time.
    if (!server.listening) response.setHeader('connection', 'close')
    if (!takers.get(server)?.(request, response)) handler(request, response)
  })
  return server
}

function traceRequests(http: FastifyInstance): void {
  http.addHook('onRequest', (request, reply, done) => {
    const header = request.headers.traceparent
    request.headers.traceparent = continueTrace(typeof header === 'string' ? header : undefined)
    reply.header('x-request-id', request.id)
    done()
  })
}

function measureRequests(http: FastifyInstance, { metrics, logger }: HttpServerParts): void {
  const duration = new Histogram({
    name: 'http_server_requests_seconds',
    help: 'Time from the request line to the last byte of the answer.',
    labelNames: ['method', 'uri', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [metrics.registry],
  })
  http.addHook('onResponse', (request, reply, done) => {
    const uri = request.routeOptions.url ?? 'none'
    duration.observe({ method: request.method, uri, status: reply.statusCode }, reply.elapsedTime / 1000)
    if (logger.isLevelEnabled('debug')) {
      const traceId = traceIdOf(headerOf(request, 'traceparent'))
      logger.debug(
        { requestId: request.id, traceId, method: request.method, uri, status: reply.statusCode, durationMs: reply.elapsedTime },
        'request',
      )
    }
    done()
  })
}

function addActuator(http: FastifyInstance, { name, version, health, metrics }: HttpServerParts): void {
  const startedAt = new Date().toISOString()
  http.get('/actuator/health', async (_request, reply) => answerHealth(reply))
  http.get('/actuator/health/readiness', async (_request, reply) => answerHealth(reply))
  http.get('/actuator/health/liveness', async () => ({ status: 'UP' }))
  http.get('/actuator/info', async () => ({ app: { name, version }, process: { node: process.version, startedAt } }))
  http.get('/actuator/prometheus', async (_request, reply) => reply.type('text/plain; version=0.0.4').send(await metrics.expose()))

  async function answerHealth(reply: FastifyReply): Promise<unknown> {
    const report = await health.readiness()
    reply.code(report.status === 'UP' ? 200 : 503)
    return report
  }
}

function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply, logger: Logger): FastifyReply {
  const known = toAppError(error)
  if (known.code === 'internal') {
    const traceId = traceIdOf(headerOf(request, 'traceparent'))
    logger.error({ requestId: request.id, traceId, method: request.method, uri: request.routeOptions.url, err: error }, 'request failed')
  }
  return sendProblem(reply, problemOf(known, request.url))
}

/** Fastify's own refusals (bad JSON, too large, failed schema) in our words. */
function toAppError(error: FastifyError): AppError {
  if (error instanceof AppError) return error
  if (error.validation) return new AppError('invalid', `${error.message}.`, { problem: 'invalid-request' })
  if (error.statusCode === 413) return new AppError('too_large', 'The body is larger than this address takes.')
  if (error.statusCode === 415) return new AppError('unsupported_media_type', 'Send the body as application/json.')
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new AppError('invalid', `${messageOf(error)}.`.replace(/\.\.$/, '.'), { problem: 'invalid-request' })
  }
  return new AppError('internal', messageOf(error), { cause: error })
}

/** A header's value when it came exactly once. */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}
