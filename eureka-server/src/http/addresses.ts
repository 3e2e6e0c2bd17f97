import { batchResultText, parseBatch, type ReadChange, type ReplicationResult } from '../wire/batch.ts'
import { type Answer, plainText } from './answer.ts'
import type { EurekaRequest } from './eureka-request.ts'
import type { Push } from './push.ts'
import type { createReads } from './reads.ts'
import type { Operation, Route } from './routes.ts'
import type { createWrites } from './writes.ts'

export interface AddressParts {
  reads: ReturnType<typeof createReads>
  writes: ReturnType<typeof createWrites>
  push: Push
  applyChanges(changes: readonly ReadChange[]): ReplicationResult[]
  now(): number
}

/** Every address below Eureka's base (specification, section 3), and `apps/stream`, which is ours. */
export function addressesOf({ reads, writes, push, applyChanges, now }: AddressParts): readonly Route[] {
  const replicate: Operation = ({ body }) => {
    return { status: 200, contentType: 'application/json', text: batchResultText(applyChanges(parseBatch(body, now()))) }
  }
  return [
    { pattern: 'apps', operations: { GET: reads.applications } },
    { pattern: 'apps/delta', operations: { GET: reads.delta } },
    {
      pattern: 'apps/stream',
      operations: { GET: (request) => watchOrRead(request, push, reads), POST: (request) => writes.register(request, 'stream') },
    },
    { pattern: 'apps/*', operations: { GET: reads.application, POST: writes.register } },
    { pattern: 'apps/*/*', operations: { GET: reads.instance, PUT: writes.renew, DELETE: writes.cancel } },
    { pattern: 'apps/*/*/status', operations: { PUT: writes.overrideStatus, DELETE: writes.removeOverride } },
    { pattern: 'apps/*/*/metadata', operations: { PUT: writes.addMetadata } },
    { pattern: 'instances/*', operations: { GET: reads.instanceOfAnyApplication } },
    { pattern: 'vips/*', operations: { GET: (request, address) => reads.byVip(request, 'vip', address) } },
    { pattern: 'svips/*', operations: { GET: (request, address) => reads.byVip(request, 'svip', address) } },
    { pattern: 'peerreplication/batch', operations: { POST: replicate } },
    { pattern: 'serverinfo/statusoverrides', operations: { GET: reads.statusOverrides } },
    // Auto scaling groups exist on Amazon's cloud only, and there only for Netflix's own server.
    { pattern: 'asg/*/status', operations: { PUT: () => plainText(400, 'Auto scaling groups are not supported.') } },
  ]
}

/** An application may be called STREAM: who does not ask for events or to wait asks for that one. */
function watchOrRead(request: EurekaRequest, push: Push, reads: AddressParts['reads']): Answer | Promise<Answer> {
  if (request.headers.accept?.includes('text/event-stream')) return push.stream(request)
  return request.query.has('wait') ? push.poll(request) : reads.application(request, 'stream')
}
