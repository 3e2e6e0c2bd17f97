import { AppError, type Logger } from '@order-flow/service-kit'
import { type InstanceInfo, keyOf } from '../registry/instance.ts'
import type { Registry } from '../registry/registry.ts'
import type { LeaseStore } from './lease-store.ts'

/** What the registry knew before this process started, and how much of it has not been heard since. */
export interface Recovery {
  restored: number
  /** Instances that were restored, are still listed, and have not renewed since. */
  unheard(): number
  /**
   * Removes the restored instances that a peer does not know (`known`: keys of those it does): they left while this process
   * was away.
   */
  keepOnly(known: ReadonlySet<string>, nowMs: number): void
}

/** Puts back what was kept. Every instance has a whole lease to be heard in. */
export async function restoreLeases(
  registry: Registry,
  store: LeaseStore,
  { nowMs, logger }: { nowMs: number; logger: Logger },
): Promise<Recovery> {
  let waiting: InstanceInfo[] = []
  let refused = 0
  for await (const leases of store.load()) {
    for (const lease of leases) {
      try {
        registry.restore({ ...lease, lastRenewalAtMs: nowMs })
        waiting.push(lease.instance)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        refused++
      }
    }
  }
  const restored = waiting.length
  if (restored > 0) logger.info({ restored }, 'registry restored as it was last known; waiting for its instances')
  if (refused > 0) logger.warn({ refused }, 'the registry was larger than it may be now; the rest was not restored')

  function unheard(): number {
    waiting = waiting.filter(({ app, instanceId }) => registry.lease(app, instanceId)?.lastRenewalAtMs === nowMs)
    return waiting.length
  }

  return {
    restored,
    unheard,
    keepOnly(known, atMs) {
      // A peer that knows less than half has started just now itself, and is no witness.
      if (2 * known.size < restored) return
      for (const instance of waiting) if (!known.has(keyOf(instance))) registry.cancel(instance.app, instance.instanceId, atMs)
    },
  }
}
