import type { Lease } from '../registry/instance.ts'
import type { Registry } from '../registry/registry.ts'
import { applicationDocument, instanceDocument, mediaTypeOf } from '../wire/listing.ts'
import type { Listings } from '../wire/listings.ts'
import { type Answer, NOT_FOUND } from './answer.ts'
import { type EurekaRequest, requestedFormat } from './eureka-request.ts'

export interface ReadParts {
  registry: Registry
  listings: Listings
  /** True: delta is 403, and clients fetch everything. */
  isDeltaDisabled: boolean
}

/** The operations that only read. */
export function createReads({ registry, listings, isDeltaDisabled }: ReadParts) {
  return {
    applications(request: EurekaRequest): Answer {
      const format = requestedFormat(request)
      return { status: 200, contentType: mediaTypeOf(format), body: listings.full(format, request.caller.rights.readable) }
    },

    delta(request: EurekaRequest): Answer {
      if (isDeltaDisabled) return { status: 403 }
      const format = requestedFormat(request)
      return { status: 200, contentType: mediaTypeOf(format), body: listings.delta(format, request.caller.rights.readable) }
    },

    application(request: EurekaRequest, name: string): Answer {
      const format = requestedFormat(request)
      const application = isReadable(request, name) ? registry.application(name.toUpperCase()) : undefined
      return application ? { status: 200, contentType: mediaTypeOf(format), text: applicationDocument(application, format) } : NOT_FOUND
    },

    instance(request: EurekaRequest, app: string, id: string): Answer {
      return instanceAnswer(request, isReadable(request, app) ? registry.lease(app.toUpperCase(), id) : undefined)
    },

    instanceOfAnyApplication(request: EurekaRequest, id: string): Answer {
      return instanceAnswer(request, registry.findLease(id, request.caller.rights.readable))
    },

    /** An address that nobody has is an empty list, not 404. */
    byVip(request: EurekaRequest, kind: 'vip' | 'svip', address: string): Answer {
      const format = requestedFormat(request)
      return { status: 200, contentType: mediaTypeOf(format), body: listings.byVip(kind, address, format, request.caller.rights.readable) }
    },

    /** Which instances' statuses are overridden, by instance id. */
    statusOverrides(request: EurekaRequest): Answer {
      const overrides: Record<string, string> = {}
      for (const { name, leases } of registry.applications()) {
        if (!isReadable(request, name)) continue
        for (const { instance, overriddenStatus } of leases.values()) {
          if (overriddenStatus !== 'UNKNOWN') overrides[instance.instanceId] = overriddenStatus
        }
      }
      return { status: 200, contentType: 'application/json', text: JSON.stringify(overrides) }
    },
  }
}

/** What may not be read looks like what is not there, as it does in lists. */
function isReadable({ caller }: EurekaRequest, app: string): boolean {
  return caller.rights.may('read', app)
}

function instanceAnswer(request: EurekaRequest, lease: Lease | undefined): Answer {
  if (!lease) return NOT_FOUND
  const format = { ...requestedFormat(request), isCompact: false }
  return { status: 200, contentType: mediaTypeOf(format), text: instanceDocument(lease, format) }
}
