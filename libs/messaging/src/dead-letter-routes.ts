import { DeadLetterList } from '@order-flow/contracts'
import { type HttpServer, identityOf, type Logger, requireRole, type TokenVerifier } from '@order-flow/service-kit'
import { Type } from 'typebox'
import type { DelayedEvents } from './delayed-events.ts'

const EventId = Type.Object({ id: Type.String({ maxLength: 64 }) })

/** `/operations/dead-letters`: operators list, replay and discard what the service's inbox has parked. */
export function addDeadLetterRoutes(
  http: HttpServer,
  { delayed, tokens, logger }: { delayed: DelayedEvents; tokens: TokenVerifier; logger: Logger },
): void {
  const onRequest = requireRole(tokens, 'operator')
  http.get('/operations/dead-letters', { onRequest, schema: { response: { 200: DeadLetterList } } }, async () => ({
    deadLetters: await delayed.parked(),
  }))
  http.post('/operations/dead-letters/:id/replay', { onRequest, schema: { params: EventId } }, async (request, reply) => {
    await delayed.replay(request.params.id, new Date().toISOString())
    logger.info({ eventId: request.params.id, userId: identityOf(request).userId }, 'dead letter replayed')
    return reply.code(204).send()
  })
  http.delete('/operations/dead-letters/:id', { onRequest, schema: { params: EventId } }, async (request, reply) => {
    await delayed.discard(request.params.id, new Date().toISOString())
    logger.info({ eventId: request.params.id, userId: identityOf(request).userId }, 'dead letter discarded')
    return reply.code(204).send()
  })
}
