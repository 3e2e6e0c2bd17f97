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
      return { status: 200, contentType: mediaTypeOf(format), body: listings.full(format) }
    },

    delta(request: EurekaRequest): Answer {
      if (isDeltaDisabled) return { status: 403 }
      const format = requestedFormat(request)
      return { status: 200, contentType: mediaTypeOf(format), body: listings.delta(format) }
    },

    application(request: EurekaRequest, name: string): Answer {
      const format = requestedFormat(request)
      const application = registry.application(name.toUpperCase())
      return application ? { status: 200, contentType: mediaTypeOf(format), text: applicationDocument(application, format) } : NOT_FOUND
    },

    instance: (request: EurekaRequest, app: string, id: string): Answer => instanceAnswer(request, registry.lease(app.toUpperCase(), id)),
    instanceOfAnyApplication: (request: EurekaRequest, id: string): Answer => instanceAnswer(request, registry.findLease(id)),

    /** An address that nobody has is an empty list, not 404. */
    byVip(request: EurekaRequest, kind: 'vip' | 'svip', address: string): Answer {
      const format = requestedFormat(request)
      return { status: 200, contentType: mediaTypeOf(format), body: listings.byVip(kind, address, format) }
    },

    /** Which instances' statuses are overridden, by instance id. */
    statusOverrides(): Answer {
      const overrides: Record<string, string> = {}
      for (const { leases } of registry.applications()) {
        for (const { instance, overriddenStatus } of leases.values()) {
          if (overriddenStatus !== 'UNKNOWN') overrides[instance.instanceId] = overriddenStatus
        }
      }
      return { status: 200, contentType: 'application/json', text: JSON.stringify(overrides) }
    },
  }
}

function instanceAnswer(request: EurekaRequest, lease: Lease | undefined): Answer {
  if (!lease) return NOT_FOUND
  const format = { ...requestedFormat(request), isCompact: false }
  return { status: 200, contentType: mediaTypeOf(format), text: instanceDocument(lease, format) }
}
