import { AppError, type Logger } from '@order-flow/service-kit'
import { keyOf } from '../registry/instance.ts'
import type { Registry } from '../registry/registry.ts'
import { parseInstance } from '../wire/registration.ts'
import type { PeerAddress } from './peer-address.ts'
import { reasonOf } from './reason.ts'

export interface SyncParts {
  registry: Registry
  logger: Logger
  now(): number
}

const TIMEOUT_MS = 10_000

/**
 * Copies what a peer knows, from the first one that answers. Answers the keys of what it knows; undefined when no peer
 * answered. An instance that is here with newer data stays as it is here.
 */
export async function copyFromPeers(addresses: readonly PeerAddress[], parts: SyncParts): Promise<Set<string> | undefined> {
  for (const address of addresses) {
    try {
      const instances = await fetchInstances(address)
      const known = new Set(instances.flatMap((instance) => copyInstance(instance, parts) ?? []))
      parts.logger.info({ peer: address.url, copied: known.size }, 'registry copied from a peer')
      return known
    } catch (error) {
      parts.logger.warn({ peer: address.url, reason: reasonOf(error) }, 'a peer cannot be copied')
    }
  }
  return undefined
}

async function fetchInstances({ url, headers }: PeerAddress): Promise<unknown[]> {
  const response = await fetch(`${url}apps/`, {
    headers: { ...headers, accept: 'application/json', 'accept-encoding': 'gzip' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: 'error',
  })
  if (!response.ok) throw new Error(`it answered ${response.status}`)
  const body: unknown = await response.json()
  if (!isObject(body) || !isObject(body.applications)) throw new Error('its answer is not a list of applications')
  return listOf(body.applications.application).flatMap((application) => (isObject(application) ? listOf(application.instance) : []))
}

function copyInstance(value: unknown, { registry, logger, now }: SyncParts): string | undefined {
  if (!isObject(value)) return undefined
  try {
    const instance = parseInstance(value, now())
    registry.register(instance, now(), 'peer')
    return keyOf(instance)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    logger.warn({ reason: error.message }, 'an instance of a peer was not copied')
    return undefined
  }
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
