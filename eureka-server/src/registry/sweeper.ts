import type { Logger } from '@order-flow/service-kit'
import type { Lease } from './instance.ts'
import type { Registry } from './registry.ts'

/** A busy machine runs a timer late by less; that is no time in which nobody could be heard. */
const STANDSTILL_MS = 1000

export interface SweeperParts {
  registry: Registry
  /** Answers the leases that have ended and may be evicted. */
  look(nowMs: number): Lease[]
  logger: Logger
  now(): number
}

/** Removes instances whose lease has ended, every `intervalMs`. Answers the function that ends it. */
export function startSweeper(intervalMs: number, { registry, look, logger, now }: SweeperParts): () => void {
  let lastRunMs = now()
  const timer = setInterval(() => {
    const nowMs = now()
    const lateMs = nowMs - lastRunMs - intervalMs
    lastRunMs = nowMs
    // This process stood still (a suspended laptop, a long collection), so nobody can be blamed for that time.
    if (lateMs > Math.max(intervalMs, STANDSTILL_MS)) registry.prolongAll(lateMs, nowMs)
    for (const { instance } of look(nowMs)) {
      registry.cancel(instance.app, instance.instanceId, nowMs)
      logger.warn({ app: instance.app, instanceId: instance.instanceId }, 'instance evicted: it has not renewed its lease')
    }
  }, intervalMs)
  return () => clearInterval(timer)
}
