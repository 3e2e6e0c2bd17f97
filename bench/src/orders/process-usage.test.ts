import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cpuSecondsOf, memoryOf } from './process-usage.ts'

test.skipIf(!existsSync('/proc/self/stat'))('memory and CPU time of a process are read from /proc', async () => {
  const { rssMiB, peakRssMiB } = await memoryOf(process.pid)
  expect(rssMiB).toBeGreaterThan(10)
  expect(peakRssMiB).toBeGreaterThanOrEqual(rssMiB ?? 0)
  const { user, system } = process.cpuUsage()
  expect(await cpuSecondsOf(process.pid)).toBeCloseTo((user + system) / 1_000_000, 0)
})

test('of a process that cannot be looked into nothing is known', async () => {
  expect(await memoryOf(undefined)).toEqual({ rssMiB: null, peakRssMiB: null })
  expect(await cpuSecondsOf(undefined)).toBeUndefined()
})
