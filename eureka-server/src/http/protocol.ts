import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError, type Logger } from '@order-flow/service-kit'
import type { Action } from '../guard/access-rules.ts'
import { type Caller, challenging, type Guard, type Refusal } from '../guard/guard.ts'
import { bodyFormatOf, type Format } from '../wire/format.ts'
import { mediaTypeOf } from '../wire/listing.ts'
import { escapeXml } from '../wire/xml-writer.ts'
import { type Answer, NOT_FOUND, plainText, sendAnswer } from './answer.ts'
import { originOf, parseTarget, type Target } from './eureka-request.ts'
import { readBody } from './request-body.ts'
import { createRouter, namesIn, type Operation, type Route } from './routes.ts'

export interface ProtocolParts {
  routes: readonly Route[]
  guard: Pick<Guard, 'admit' | 'refusalOf'>
  logger: Logger
  /** Hears of each answer: the route's pattern, e.g. `apps/*`, `none` for an unknown address. */
  onAnswer(method: string, pattern: string, status: number, seconds: number): void
}

interface Found {
  route: Route
  target: Target
}

const MAX_BODY_BYTES = 65_536
/** A peer's batch holds 250 registrations. */
const MAX_BATCH_BYTES = 16_777_216

/**
 * Serves Eureka's protocol on a server's requests. Answers false, having done nothing, when a request is for another part
 * of the server. It stands before the usual HTTP server of a service: heartbeats are nearly all there is, and cost less so.
 */
export function createProtocol({
  routes,
  guard,
  logger,
  onAnswer,
}: ProtocolParts): (request: IncomingMessage, response: ServerResponse) => boolean {
  const routeOf = createRouter(routes)

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now()
    const found = find(request)
    const answer = await answerTo(request, found)
    await sendAnswer(request, response, answer)
    const pattern = 'route' in found ? found.route.pattern : 'none'
    onAnswer(request.method ?? '', pattern, answer.status, (performance.now() - startedAt) / 1000)
  }

  async function answerTo(request: IncomingMessage, found: { answer: Answer } | Found): Promise<Answer> {
    const admission = await guard.admit(request)
    if ('refusal' in admission)
      return refusalAnswer(challenging(admission.refusal, request.headers), 'route' in found && isHeartbeat(request, found.route))
    return 'answer' in found ? found.answer : await perform(request, found, admission.caller)
  }

  function find(request: IncomingMessage): { answer: Answer } | Found {
    try {
      const target = parseTarget(request.url ?? '/')
      const route = target && routeOf(target.segments)
      return route ? { route, target } : { answer: NOT_FOUND }
    } catch (error) {
      return { answer: answerOf(error, request) }
    }
  }

  async function perform(message: IncomingMessage, { route, target }: Found, caller: Caller): Promise<Answer> {
    try {
      const method = message.method ?? 'GET'
      const operation = route.operations[method === 'HEAD' ? 'GET' : method]
      if (!operation) return { status: 405, headers: { allow: Object.keys(route.operations).join(', ') } }
      const [first = '', second = ''] = namesIn(route, target.segments)
      const refusal = guard.refusalOf(caller, rightFor(operation, message), operation.application?.(first))
      if (refusal) return refusalAnswer(challenging(refusal, message.headers), isHeartbeat(message, route))
      const body =
        method === 'POST' ? await readBody(message, route.pattern.startsWith('peerreplication') ? MAX_BATCH_BYTES : MAX_BODY_BYTES) : ''
      return await operation.handle({ ...target, method, headers: message.headers, body, caller }, first, second)
    } catch (error) {
      return answerOf(error, message)
    }
  }

  function answerOf(error: unknown, { method, headers }: IncomingMessage): Answer {
    if (error instanceof AppError && error.problem === 'unreadable-body')
      return unreadableBody(error.message, bodyFormatOf(headers['content-type']) ?? 'json')
    if (error instanceof AppError && error.code === 'invalid') return plainText(400, error.message)
    // The rest of the body is not read; the connection is of no more use.
    if (error instanceof AppError && error.code === 'too_large')
      return { ...plainText(413, error.message), headers: { connection: 'close' } }
    logger.error({ method, err: error }, 'request failed')
    return { status: 500 }
  }

  return (request, response) => {
    if (!/^\/+eureka(?:[/?]|$)/.test(request.url ?? '')) return false
    serve(request, response).catch((error: unknown) => {
      logger.error({ err: error }, 'an answer could not be sent')
      response.destroy()
    })
    return true
  }
}

/** Who speaks as a peer decides what this registry believes of others, and is passed on by nobody: that is a right of its own. */
function rightFor({ right }: Operation, message: IncomingMessage): Action {
  return right !== 'read' && originOf(message) === 'peer' ? 'replicate' : right
}

function isHeartbeat({ method }: IncomingMessage, { pattern }: Route): boolean {
  return method === 'PUT' && pattern === 'apps/*/*'
}

function refusalAnswer({ status, headers, text }: Refusal, isToHeartbeat: boolean): Answer {
  // Java clients would read the text as an instance.
  return text === '' || isToHeartbeat ? { status, headers } : { ...plainText(status, text), headers }
}

function unreadableBody(message: string, type: Format['type']): Answer {
  const format: Format = { type, isCompact: false }
  const text = type === 'json' ? JSON.stringify({ error: message }) : `<error><message>${escapeXml(message)}</message></error>`
  return { status: 400, contentType: mediaTypeOf(format), text }
}
