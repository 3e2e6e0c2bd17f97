import { AppError, type HttpServer, type Logger } from '@order-flow/service-kit'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type InstanceStatus, type Lease, STATUSES } from './instance.ts'
import { parseRegistration, statusOf } from './registration-json.ts'
import type { Registry } from './registry.ts'
import { applicationJson, applicationsJson, instanceJson } from './registry-json.ts'

export interface RouteParts {
  registry: Registry
  logger: Logger
  /** The time, ms. */
  now(): number
}

interface Names {
  app: string
  id: string
}

const MAX_BODY_BYTES = 65_536
/** Spring's base and Netflix's; clients configure either. */
const PREFIXES = ['/eureka', '/eureka/v2', '/eureka/v1']

/** Eureka's REST operations, in JSON. */
export function addRoutes(http: HttpServer, parts: RouteParts): void {
  const applications = createApplicationsCache(parts.registry)
  for (const prefix of PREFIXES) {
    http.register(
      async (scope) => {
        acceptAnyBody(scope)
        addReads(scope, parts.registry, applications)
        addLeaseOperations(scope, parts)
        addStatusOperations(scope, parts)
      },
      { prefix },
    )
  }
}

/** The whole registry, serialised once per change. */
function createApplicationsCache(registry: Registry): () => Buffer {
  let cached: { version: number; body: Buffer } | undefined
  return () => {
    const version = registry.version()
    if (cached?.version !== version) cached = { version, body: Buffer.from(applicationsJson(registry)) }
    return cached.body
  }
}

// Java clients send heartbeats as JSON with an empty body, which the server's own parser refuses.
function acceptAnyBody(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) => done(null, body))
}

function addReads(scope: FastifyInstance, registry: Registry, applications: () => Buffer): void {
  for (const slash of ['', '/']) {
    scope.get(`/apps${slash}`, async (_request, reply) => sendJson(reply, applications()))
    scope.get<{ Params: Names }>(`/apps/:app${slash}`, async (request, reply) => {
      const app = request.params.app.toUpperCase()
      const leases = registry.leasesOf(app)
      return leases.length === 0 ? sendEmpty(reply, 404) : sendJson(reply, applicationJson(app, leases))
    })
    scope.get<{ Params: Names }>(`/apps/:app/:id${slash}`, async ({ params }, reply) =>
      sendInstance(reply, registry.lease(params.app.toUpperCase(), params.id)),
    )
    scope.get<{ Params: Names }>(`/instances/:id${slash}`, async ({ params }, reply) => sendInstance(reply, registry.findLease(params.id)))
  }
}

function addLeaseOperations(scope: FastifyInstance, { registry, logger, now }: RouteParts): void {
  for (const slash of ['', '/']) {
    scope.post<{ Params: Names; Body: string | undefined }>(`/apps/:app${slash}`, async (request, reply) => {
      const { 'content-type': contentType = '' } = request.headers
      if (!/^[^;]*\bjson\b/i.test(contentType)) return sendText(reply, 415, 'This registry takes application/json.')
      try {
        const instance = parseRegistration(request.body ?? '', request.params.app.toUpperCase(), now())
        const isNew = registry.lease(instance.app, instance.instanceId) === undefined
        registry.register(instance, now())
        if (isNew) logger.info({ app: instance.app, instanceId: instance.instanceId }, 'instance registered')
        return sendEmpty(reply, 204)
      } catch (error) {
        if (error instanceof AppError && error.code === 'invalid') return sendText(reply, 400, error.message)
        throw error
      }
    })
    scope.put<{ Params: Names; Querystring: Record<string, unknown> }>(`/apps/:app/:id${slash}`, async ({ params, query }, reply) => {
      const isKnown = registry.renew(params.app.toUpperCase(), params.id, now(), timestampOf(query.lastDirtyTimestamp))
      return sendEmpty(reply, isKnown ? 200 : 404)
    })
    scope.delete<{ Params: Names }>(`/apps/:app/:id${slash}`, async ({ params }, reply) => {
      const wasKnown = registry.cancel(params.app.toUpperCase(), params.id)
      if (wasKnown) logger.info({ app: params.app.toUpperCase(), instanceId: params.id }, 'instance deregistered')
      return sendEmpty(reply, wasKnown ? 200 : 404)
    })
  }
}

function addStatusOperations(scope: FastifyInstance, { registry, logger, now }: RouteParts): void {
  for (const slash of ['', '/']) {
    const url = `/apps/:app/:id/status${slash}`
    scope.put<{ Params: Names; Querystring: Record<string, unknown> }>(url, async ({ params, query }, reply) => {
      const status = requiredStatus(query.value)
      const isKnown = registry.overrideStatus(params.app.toUpperCase(), params.id, status, now())
      if (isKnown) logger.info({ app: params.app.toUpperCase(), instanceId: params.id, status }, 'status overridden')
      return sendEmpty(reply, isKnown ? 200 : 404)
    })
    scope.delete<{ Params: Names; Querystring: Record<string, unknown> }>(url, async ({ params, query }, reply) => {
      const status = query.value === undefined ? 'UNKNOWN' : requiredStatus(query.value)
      const isKnown = registry.removeOverride(params.app.toUpperCase(), params.id, status, now())
      return sendEmpty(reply, isKnown ? 200 : 404)
    })
  }
}

function requiredStatus(value: unknown): InstanceStatus {
  const status = statusOf(value, 'UNKNOWN')
  if (status === String(value)) return status
  throw new AppError('invalid', `The query parameter "value" must be one of ${STATUSES.join(', ')}.`)
}

function timestampOf(value: unknown): number | undefined {
  if (value === undefined || value === '') return undefined
  const timestamp = Number(value)
  if (Number.isSafeInteger(timestamp)) return timestamp
  throw new AppError('invalid', 'The query parameter "lastDirtyTimestamp" must be a whole number of milliseconds.')
}

function sendInstance(reply: FastifyReply, lease: Lease | undefined): FastifyReply {
  return lease ? sendJson(reply, instanceJson(lease)) : sendEmpty(reply, 404)
}

function sendJson(reply: FastifyReply, body: string | Buffer): FastifyReply {
  return reply.type('application/json').send(body)
}

/** Java clients read the body of a heartbeat's answer as an instance: any text in it keeps them from registering again. */
function sendEmpty(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).send()
}

function sendText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(text)
}
