import type { AuditSource } from '@order-flow/invariants'
import type { SystemProcess } from '../process-usage.ts'
import { startDistributedSystem } from './distributed-system.ts'
import { startEmbeddedSystem } from './embedded-system.ts'
import type { BenchOptions, Mode } from './options.ts'
import { attachToSystem } from './running-system.ts'

/** The system that is measured. */
export interface MeasuredSystem {
  mode: Mode
  gatewayUrl: string
  /** Where the operator's sign-in is. */
  dataFolder: string
  /** Its processes as of now, database and message queue among them, as far as they are on this machine and ours to see. */
  processes(): readonly SystemProcess[]
  /** Versions of database and message queue, as far as they tell. */
  engines(): Promise<Record<string, string>>
  /** Where its data can be read; undefined: nowhere that we know of. */
  data: AuditSource | undefined
  /** Where CPU profiles appear when it has stopped; undefined: nowhere. */
  profileFolder: string | undefined
  /** Stops it, if we started it. */
  stop(): Promise<void>
  /** Removes what it left behind, if we started it. */
  dispose(): Promise<void>
}

/** Starts the system that the options ask for, or looks at the one that runs. Errors: a Failure that says what is wrong. */
export function openSystem(options: BenchOptions, signal: AbortSignal): Promise<MeasuredSystem> {
  if (options.gatewayUrl !== undefined) return attachToSystem({ ...options, gatewayUrl: options.gatewayUrl })
  return options.mode === 'embedded'
    ? startEmbeddedSystem(options, signal)
    : startDistributedSystem({ ...options, mode: options.mode }, signal)
}
