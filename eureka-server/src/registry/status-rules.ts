import type { InstanceStatus, Origin } from './instance.ts'

export interface KnownStatus {
  /** UNKNOWN when nobody overrides it. */
  overridden: InstanceStatus
  /** What the registry says of the instance until now; undefined when it is new. */
  known: InstanceStatus | undefined
  origin: Origin
}

/**
 * The status that counts when an instance registers (specification, section 10). What it says about its own trouble is
 * believed; then an override counts, then what was known before: an instance that an operator took out of service does
 * not come back by itself. A peer has already judged, so what was known here before does not count against it.
 */
export function effectiveStatus(sent: InstanceStatus, { overridden, known, origin }: KnownStatus): InstanceStatus {
  if (sent !== 'UP' && sent !== 'OUT_OF_SERVICE') return sent
  if (overridden !== 'UNKNOWN') return overridden
  const isKnown = origin === 'client' && (known === 'UP' || known === 'OUT_OF_SERVICE')
  return isKnown ? known : sent
}
