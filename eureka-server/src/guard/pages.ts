import type { HttpServer } from '@order-flow/service-kit'
import type { FastifyRequest } from 'fastify'
import { type Caller, challenging, type Guard, type Refusal } from './guard.ts'

/** Asked by those who start and watch processes, and tells nothing but whether this one is well. */
const HEALTH = ['/actuator/health', '/actuator/health/liveness', '/actuator/health/readiness']
const NUMBERS = ['/actuator/info', '/actuator/prometheus']

/**
 * Guards what is not Eureka's protocol: health is open, numbers are for who may read, what ends in one of `readAll` for who
 * may read every application, other pages for everybody who is admitted, and whatever is not GET takes the right to operate.
 */
export function guardPages(http: HttpServer, guard: Pick<Guard, 'admit' | 'refusalOf'>, readAll: readonly string[]): void {
  http.addHook('onRequest', async (request, reply) => {
    const refusal = await refusalOf(request)
    if (refusal)
      return reply
        .code(refusal.status)
        .headers(challenging(refusal, request.headers).headers)
        .type('text/plain; charset=utf-8')
        .send(refusal.text)
  })

  // By the route that was found, not by the path, which may be escaped.
  async function refusalOf({ raw, method, routeOptions: { url = '' } }: FastifyRequest): Promise<Refusal | undefined> {
    const isReading = method === 'GET' || method === 'HEAD'
    if (isReading && HEALTH.includes(url)) return undefined
    const admission = await guard.admit(raw)
    if ('refusal' in admission) return admission.refusal
    if (!isReading) return guard.refusalOf(admission.caller, 'operate')
    if (readAll.some((end) => url.endsWith(end))) return guard.refusalOf(admission.caller, 'read') ?? notEverything(admission.caller)
    return NUMBERS.includes(url) ? guard.refusalOf(admission.caller, 'read') : undefined
  }
}

function notEverything({ rights }: Caller): Refusal | undefined {
  if (rights.readable === undefined) return undefined
  return { reason: 'not-allowed', status: 403, headers: {}, text: 'The dashboard is for accounts that may read every application.' }
}
