import { LOADS, type LoadName, type ServerResults, type SizeResults } from './results.ts'

/** One figure of ours beside Java's. */
export interface Comparison {
  name: string
  ours: number | null
  java: number | null
  javaTuned: number | null
  /** How many times better ours is than Java's with its own settings: above 1 is better, whether more or less is wanted. */
  advantage: number | null
}

/** One thing that is aimed at. `isReached` is null where it was not measured. */
export interface Aim {
  aim: string
  found: number | null
  isReached: boolean | null
}

type Value = (server: ServerResults) => number | null | undefined

interface Metric {
  name: string
  value: Value
  wanted: 'more' | 'less'
}

const LOAD_TITLES: Record<LoadName, string> = {
  register: 'registrations',
  heartbeats: 'heartbeats',
  fullGzip: 'full reads, gzip',
  fullPlain: 'full reads, plain',
  batch: 'batches of 250 heartbeats',
  delta: 'delta reads',
  deltaChanging: 'delta reads, 10 changes/s',
  fullGzipChanging: 'full reads, gzip, 10 changes/s',
}

const METRICS: readonly Metric[] = [
  { name: 'start to first answer, ms', value: ({ startMs }) => startMs, wanted: 'less' },
  ...LOADS.flatMap(loadMetrics),
  { name: 'batch of 250 heartbeats answered, ms: p50', value: ({ loads }) => loads.batch?.answerMs.p50, wanted: 'less' },
  { name: '  p99', value: ({ loads }) => loads.batch?.answerMs.p99, wanted: 'less' },
  { name: 'memory, MiB: empty', value: ({ memoryMiB }) => memoryMiB.empty, wanted: 'less' },
  { name: '  all registered', value: ({ memoryMiB }) => memoryMiB.registered, wanted: 'less' },
  { name: '  at the end', value: ({ memoryMiB }) => memoryMiB.atEnd, wanted: 'less' },
  { name: '  most', value: ({ memoryMiB }) => memoryMiB.most, wanted: 'less' },
  ...latencyMetrics('register to visible', ({ registerToVisible }) => registerToVisible),
  ...latencyMetrics('end of lease to gone', ({ crashToGone }) => crashToGone),
  { name: 'full fetches in 1,000 deltas, 10 changes/s', value: fullFetchShare, wanted: 'less' },
]

/** Every figure of one size, ours beside Java's. Whatever is looked at alone stands in the place of ours. */
export function compare({ servers }: SizeResults): Comparison[] {
  const { ours = servers.running, java, 'java-tuned': tuned } = servers
  return METRICS.map(({ name, value, wanted }) => {
    const [of, ofJava, ofTuned] = [ours, java, tuned].map((server) => (server && value(server)) ?? null)
    return { name, ours: of ?? null, java: ofJava ?? null, javaTuned: ofTuned ?? null, advantage: advantage(wanted, of, ofJava) }
  })
}

/** What is aimed at, and whether it was reached with so many instances. */
export function aimsOf(size: SizeResults): Aim[] {
  const { ours = size.servers.running, java } = size.servers
  const times = (value: Value, wanted: Metric['wanted']) => advantage(wanted, ours && value(ours), java && value(java))
  const rates = (['heartbeats', 'fullGzip', 'delta'] as const).flatMap((load) => [
    atLeast(3, `${LOAD_TITLES[load]}: at least 3 times as many a second`, times(perSecond(load), 'more')),
    atLeast(3, '  and for a second of processor time', times(perCpuSecond(load), 'more')),
  ])
  const memoryMiB = ours?.memoryMiB.atEnd ?? null
  return [
    ...rates,
    atLeast(
      10,
      'memory at the end: at most a tenth',
      times(({ memoryMiB: { atEnd } }) => atEnd, 'less'),
    ),
    atMost(50, 'register to visible with push: p99 at most 50 ms', ours?.registerToVisible.push?.ms.p99 ?? null),
    ...(size.instances >= 100_000 ? [atMost(400, '100,000 instances: at most 400 MB at the end', memoryMiB && memoryMiB * 1.048576)] : []),
  ]
}

function loadMetrics(load: LoadName): Metric[] {
  return [
    { name: `${LOAD_TITLES[load]}/s`, value: perSecond(load), wanted: 'more' },
    { name: '  for a second of processor time', value: perCpuSecond(load), wanted: 'more' },
  ]
}

function latencyMetrics(title: string, of: (server: ServerResults) => ServerResults['crashToGone']): Metric[] {
  return [
    { name: `${title}, pushed, ms: p50`, value: (server) => of(server).push?.ms.p50, wanted: 'less' },
    { name: '  p99', value: (server) => of(server).push?.ms.p99, wanted: 'less' },
    { name: `${title}, asked each 100 ms, ms: p50`, value: (server) => of(server).poll.ms.p50, wanted: 'less' },
    { name: '  p99', value: (server) => of(server).poll.ms.p99, wanted: 'less' },
    { name: '  never seen', value: (server) => of(server).poll.missed, wanted: 'less' },
  ]
}

function perSecond(load: LoadName): Value {
  return ({ loads }) => loads[load]?.perSecond
}

function perCpuSecond(load: LoadName): Value {
  return ({ loads }) => loads[load]?.server?.answersPerCpuSecond
}

function fullFetchShare({ fullFetches }: ServerResults): number | null {
  return fullFetches && fullFetches.deltas > 0 ? Math.round((fullFetches.full / fullFetches.deltas) * 10_000) / 10 : null
}

function advantage(wanted: Metric['wanted'], ours: number | null | undefined, java: number | null | undefined): number | null {
  if (!ours || !java) return null
  return Math.round((wanted === 'more' ? ours / java : java / ours) * 100) / 100
}

function atLeast(least: number, aim: string, found: number | null): Aim {
  return { aim, found, isReached: found === null ? null : found >= least }
}

function atMost(most: number, aim: string, found: number | null): Aim {
  return { aim, found, isReached: found === null ? null : found <= most }
}
