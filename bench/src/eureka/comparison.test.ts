import { expect, test } from 'vitest'
import type { Percentiles } from '../latency.ts'
import { aimsOf, compare } from './comparison.ts'
import type { LoadName, ServerResults } from './results.ts'

interface Figures {
  perSecond: number
  perCpuSecond: number
  memoryMiB: number
  pushP99?: number
}

function aServer({ perSecond, perCpuSecond, memoryMiB, pushP99 }: Figures): ServerResults {
  const percentiles = (p99: number): Percentiles => ({ count: 100, p50: p99 / 2, p90: p99, p99, p999: p99, max: p99 })
  const load = {
    answers: 10 * perSecond,
    seconds: 10,
    perSecond,
    errors: {},
    answerMs: percentiles(5),
    bytesPerAnswer: 100,
    server: { cores: 1, cpuMicrosPerAnswer: 1, answersPerCpuSecond: perCpuSecond },
    generatorCores: 0.1,
  }
  const names: LoadName[] = ['heartbeats', 'fullGzip', 'delta']
  const seen = {
    push: pushP99 === undefined ? null : { ms: percentiles(pushP99), missed: 0 },
    poll: { ms: percentiles(100), missed: 0 },
    streamRestarts: 0,
  }
  return {
    facts: {},
    startMs: 500,
    warmUpSeconds: 20,
    memoryMiB: { empty: memoryMiB, registered: memoryMiB, atEnd: memoryMiB, most: memoryMiB },
    loads: Object.fromEntries(names.map((name) => [name, load])),
    registerToVisible: seen,
    crashToGone: seen,
    fullFetches: { deltas: 400, full: 2 },
    profiles: {},
  }
}

const OURS = aServer({ perSecond: 9000, perCpuSecond: 20_000, memoryMiB: 100, pushP99: 20 })
const JAVA = aServer({ perSecond: 3000, perCpuSecond: 8000, memoryMiB: 900 })

test('figures stand beside each other with how many times better ours is, whether more or less is wanted', () => {
  const figures = compare({ instances: 1000, servers: { ours: OURS, java: JAVA } })
  const figure = (name: string) => figures.find((one) => one.name === name)
  expect(figure('heartbeats/s')).toEqual({ name: 'heartbeats/s', ours: 9000, java: 3000, javaTuned: null, advantage: 3 })
  expect(figure('  at the end')).toMatchObject({ ours: 100, java: 900, advantage: 9 })
  expect(figure('full fetches in 1,000 deltas, 10 changes/s')).toMatchObject({ ours: 5, java: 5, advantage: 1 })
  expect(figure('register to visible, pushed, ms: p50')).toMatchObject({ ours: 10, java: null, advantage: null })
})

test('an aim is reached or missed by the figures of one size', () => {
  const aims = aimsOf({ instances: 1000, servers: { ours: OURS, java: JAVA } })
  expect(aims.map(({ found, isReached }) => [found, isReached])).toEqual([
    ...Array.from({ length: 3 }).flatMap(() => [
      [3, true],
      [2.5, false],
    ]),
    [9, false],
    [20, true],
  ])
})

test('without Java’s server its aims are open; the memory of very many instances is one more', () => {
  const aims = aimsOf({ instances: 100_000, servers: { running: OURS } })
  expect(aims.map(({ isReached }) => isReached)).toEqual([null, null, null, null, null, null, null, true, true])
  expect(aims.at(-1)?.found).toBeCloseTo(104.86, 2)
})
