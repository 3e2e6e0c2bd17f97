import type { Action } from '../guard/access-rules.ts'
import type { Caller } from '../guard/guard.ts'
import { batchResultText, parseBatch, type ReadChange, type ReplicationResult } from '../wire/batch.ts'
import { mediaTypeOf } from '../wire/listing.ts'
import { type StatusFacts, statusDocument } from '../wire/status-page.ts'
import { type Answer, plainText } from './answer.ts'
import { type EurekaRequest, requestedFormat } from './eureka-request.ts'
import type { Push } from './push.ts'
import type { createReads } from './reads.ts'
import type { Handler, Operation, Route } from './routes.ts'
import type { createWrites } from './writes.ts'

export interface AddressParts {
  reads: ReturnType<typeof createReads>
  writes: ReturnType<typeof createWrites>
  push: Push
  /** The caller is the peer that passes them on. */
  applyChanges(changes: readonly ReadChange[], caller: Caller): ReplicationResult[]
  status(): StatusFacts
  now(): number
}

/** Every address below Eureka's base (specification, section 3), and `apps/stream`, which is ours. */
export function addressesOf({ reads, writes, push, applyChanges, status, now }: AddressParts): readonly Route[] {
  const replicate: Handler = ({ body, caller }) => {
    return { status: 200, contentType: 'application/json', text: batchResultText(applyChanges(parseBatch(body, now()), caller)) }
  }
  const statusPage: Handler = (request) => {
    const format = requestedFormat(request)
    return { status: 200, contentType: mediaTypeOf(format), text: statusDocument(status(), format) }
  }
  return [
    { pattern: 'apps', operations: { GET: reading(reads.applications) } },
    { pattern: 'apps/delta', operations: { GET: reading(reads.delta) } },
    {
      pattern: 'apps/stream',
      operations: {
        GET: reading((request) => watchOrRead(request, push, reads)),
        POST: { right: 'register', application: () => 'STREAM', handle: (request) => writes.register(request, 'STREAM') },
      },
    },
    { pattern: 'apps/*', operations: { GET: reading(reads.application), POST: changing('register', writes.register) } },
    {
      pattern: 'apps/*/*',
      operations: {
        GET: reading(reads.instance),
        PUT: changing('register', writes.renew),
        DELETE: changing('register', writes.cancel),
      },
    },
    {
      pattern: 'apps/*/*/status',
      operations: { PUT: changing('override', writes.overrideStatus), DELETE: changing('override', writes.removeOverride) },
    },
    { pattern: 'apps/*/*/metadata', operations: { PUT: changing('override', writes.addMetadata) } },
    { pattern: 'instances/*', operations: { GET: reading(reads.instanceOfAnyApplication) } },
    { pattern: 'vips/*', operations: { GET: reading((request, address) => reads.byVip(request, 'vip', address)) } },
    { pattern: 'svips/*', operations: { GET: reading((request, address) => reads.byVip(request, 'svip', address)) } },
    { pattern: 'peerreplication/batch', operations: { POST: { right: 'replicate', handle: replicate } } },
    { pattern: 'serverinfo/statusoverrides', operations: { GET: reading(reads.statusOverrides) } },
    { pattern: 'status', operations: { GET: reading(statusPage) } },
    // Auto scaling groups exist on Amazon's cloud only, and there only for Netflix's own server.
    {
      pattern: 'asg/*/status',
      operations: { PUT: { right: 'override', handle: () => plainText(400, 'Auto scaling groups are not supported.') } },
    },
  ]
}

/** Shows what the caller may read and nothing else. */
function reading(handle: Handler): Operation {
  return { right: 'read', handle }
}

/** Changes the application that is first in the path. */
function changing(right: Action, handle: Handler): Operation {
  return { right, application: (app) => app, handle }
}

/** An application may be called STREAM: who does not ask for events or to wait asks for that one. */
function watchOrRead(request: EurekaRequest, push: Push, reads: AddressParts['reads']): Answer | Promise<Answer> {
  if (request.headers.accept?.includes('text/event-stream')) return push.stream(request)
  return request.query.has('wait') ? push.poll(request) : reads.application(request, 'stream')
}
