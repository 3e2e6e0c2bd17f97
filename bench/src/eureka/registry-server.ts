import type { Place } from './connection.ts'

export const KINDS = ['ours', 'java', 'java-tuned', 'running'] as const
/**
 * Which registry is measured: ours; Java's, with the times of its caches as they are; Java's with short times; or one that
 * runs already.
 */
export type Kind = (typeof KINDS)[number]

/** A registry that answers. */
export interface RegistryServer {
  kind: Kind
  place: Place
  /** Undefined when it is not on this machine or the system does not tell. */
  pid: number | undefined
  /** From the start of its process to its first answer; null for one that ran already. */
  startMs: number | null
  /** How it was started: settings, versions. */
  facts: Record<string, string>
  /** Where CPU profiles appear when it has stopped; undefined: nowhere. */
  profileFolder: string | undefined
  stop(): Promise<void>
  /** Removes what it left behind. */
  dispose(): Promise<void>
}

export interface StartOptions {
  /** How many it must be able to take. */
  instances: number
  perApplication: number
  profile: boolean
  javaOptions: readonly string[]
  signal: AbortSignal
}

/** How long a change is told in deltas, in all that are started: so a delta soon holds no more than what has just changed. */
export const DELTA_KEPT_MS = 60_000
