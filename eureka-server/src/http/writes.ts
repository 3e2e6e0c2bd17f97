import { AppError } from '@order-flow/service-kit'
import type { Audit } from '../guard/audit.ts'
import type { InstanceStatus, Origin } from '../registry/instance.ts'
import type { Heartbeat, Registry } from '../registry/registry.ts'
import type { Action } from '../wire/batch.ts'
import { bodyFormatOf } from '../wire/format.ts'
import { instanceDocument, mediaTypeOf } from '../wire/listing.ts'
import { parseRegistration, statusOf } from '../wire/registration.ts'
import { type Answer, NO_CONTENT, NOT_FOUND, OK, plainText } from './answer.ts'
import { dirtyTimestampOf, type EurekaRequest, originOf, requestedFormat, requiredStatus } from './eureka-request.ts'

/** A change that a client asked for here, for the peers. */
export interface LocalChange {
  action: Action
  app: string
  instanceId: string
  /** With StatusUpdate the new status; with DeleteStatusOverride the one that counts until the instance registers again. */
  status?: InstanceStatus
}

export interface WriteParts {
  registry: Registry
  /** Hears of everything that clients (not peers) changed here, so that it can be passed on. */
  tellPeers(change: LocalChange): void
  audit: Pick<Audit, 'changed'>
  /** The time, ms. */
  now(): number
}

const MAX_METADATA_BYTES = 32_768

/** The operations that change something. Errors: `invalid` with the reason; then nothing has changed. */
export function createWrites({ registry, tellPeers, audit, now }: WriteParts) {
  function passOn(origin: Origin, change: LocalChange): void {
    if (origin === 'client') tellPeers(change)
  }

  function register(request: EurekaRequest, name: string): Answer {
    const nowMs = now()
    const format = bodyFormatOf(request.headers['content-type'])
    if (!format) return plainText(415, 'Send the instance as application/json or application/xml, in UTF-8.')
    const instance = parseRegistration(request.body, format, { pathApp: name.toUpperCase(), nowMs })
    const { app, instanceId } = instance
    const isNew = registry.lease(app, instanceId) === undefined
    const origin = originOf(request)
    registry.register(instance, nowMs, origin)
    audit.changed(request.caller, isNew ? 'instance registered' : 'instance registered again', { app, instanceId, origin })
    passOn(origin, { action: 'Register', app, instanceId })
    return NO_CONTENT
  }

  function renew(request: EurekaRequest, name: string, instanceId: string): Answer {
    const app = name.toUpperCase()
    const origin = originOf(request)
    const renewal = registry.renew(app, instanceId, now(), heartbeatOf(request, origin))
    if (renewal.result === 'newer-here') {
      const format = { ...requestedFormat(request), isCompact: false }
      return { status: 409, contentType: mediaTypeOf(format), text: instanceDocument(renewal.lease, format) }
    }
    if (renewal.result === 'unknown') return NOT_FOUND
    passOn(origin, { action: 'Heartbeat', app, instanceId })
    return OK
  }

  function cancel(request: EurekaRequest, name: string, instanceId: string): Answer {
    const app = name.toUpperCase()
    if (!registry.cancel(app, instanceId, now())) return NOT_FOUND
    audit.changed(request.caller, 'instance deregistered', { app, instanceId, origin: originOf(request) })
    passOn(originOf(request), { action: 'Cancel', app, instanceId })
    return OK
  }

  function overrideStatus(request: EurekaRequest, name: string, instanceId: string): Answer {
    const app = name.toUpperCase()
    const status = requiredStatus(request)
    if (!registry.overrideStatus(app, instanceId, status, now(), dirtyTimestampOf(request))) return NOT_FOUND
    audit.changed(request.caller, 'status overridden', { app, instanceId, status, origin: originOf(request) })
    passOn(originOf(request), { action: 'StatusUpdate', app, instanceId, status })
    return OK
  }

  function removeOverride(request: EurekaRequest, name: string, instanceId: string): Answer {
    const app = name.toUpperCase()
    const status = request.query.has('value') ? requiredStatus(request) : 'UNKNOWN'
    if (!registry.removeOverride(app, instanceId, status, now())) return NOT_FOUND
    audit.changed(request.caller, 'status override removed', { app, instanceId, status, origin: originOf(request) })
    passOn(originOf(request), { action: 'DeleteStatusOverride', app, instanceId, status })
    return OK
  }

  function addMetadata(request: EurekaRequest, name: string, instanceId: string): Answer {
    const app = name.toUpperCase()
    const known = registry.lease(app, instanceId)
    if (!known) return NOT_FOUND
    const entries = firstValues(request.query)
    const size = JSON.stringify({ ...known.instance.metadata, ...entries }).length
    if (size > MAX_METADATA_BYTES) throw new AppError('invalid', `The metadata would be larger than ${MAX_METADATA_BYTES} characters.`)
    registry.addMetadata(app, instanceId, entries, now())
    // Values may be anything, so keys alone are told.
    audit.changed(request.caller, 'metadata added', { app, instanceId, keys: Object.keys(entries), origin: originOf(request) })
    passOn(originOf(request), { action: 'Register', app, instanceId })
    return OK
  }

  return { register, renew, cancel, overrideStatus, removeOverride, addMetadata }
}

function heartbeatOf(request: EurekaRequest, origin: Origin): Heartbeat {
  const lastDirtyTimestamp = dirtyTimestampOf(request)
  const text = request.query.get('overriddenstatus')
  return { origin, lastDirtyTimestamp, overriddenStatus: text ? statusOf(text, 'UNKNOWN') : undefined }
}

function firstValues(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...query.keys()].map((key) => [key, query.get(key) ?? '']))
}
