import type { Machine } from '../machine.ts'
import type { ThreadProfile } from '../profile.ts'
import type { FullFetches } from './full-fetches.ts'
import type { SeenBy } from './latencies.ts'
import type { LoadResult } from './load.ts'
import type { Kind } from './registry-server.ts'

export const LOADS = ['register', 'heartbeats', 'fullGzip', 'fullPlain', 'batch', 'delta', 'deltaChanging', 'fullGzipChanging'] as const
/**
 * What is asked for as fast as it is answered. `fullGzip`, `fullPlain`: everything; `delta`: in gzip; `...Changing`: while the
 * registry changes 10 times a second; `batch`: 250 heartbeats of a peer, one request at a time.
 */
export type LoadName = (typeof LOADS)[number]

/** The benchmark's results, as `--json` writes them. */
export interface EurekaResults {
  startedAt: string
  machine: Machine
  load: { secondsEach: number; warmUpSeconds: number; connections: number; perApplication: number; latencySamples: number }
  /** Why a registry is missing. */
  notMeasured: Partial<Record<Kind, string>>
  sizes: SizeResults[]
}

export interface SizeResults {
  instances: number
  servers: Partial<Record<Kind, ServerResults>>
}

/** Of one registry with so many instances. */
export interface ServerResults {
  facts: Record<string, string>
  startMs: number | null
  /** How long it was warmed up until its answers cost no less any more. */
  warmUpSeconds: number
  /** Resident memory of its process: without instances, with all of them, after everything was read and renewed; and the most there was. */
  memoryMiB: { empty: number | null; registered: number | null; atEnd: number | null; most: number | null }
  loads: Partial<Record<LoadName, LoadResult>>
  registerToVisible: SeenBy
  crashToGone: SeenBy
  /** Null where the registry is so large that the clients would be what is measured. */
  fullFetches: FullFetches | null
  /** By load; empty without `--profile`. */
  profiles: Partial<Record<LoadName, ThreadProfile[]>>
}
