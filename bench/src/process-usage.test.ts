import { expect, test } from 'vitest'
import { startUsageMeter } from './orders/usage-meter.ts'
import { cpuSecondsOf, memoryMiBOf } from './process-usage.ts'

test.runIf(process.platform === 'linux')('CPU and memory of a process are read from /proc', () => {
  expect(cpuSecondsOf(process.pid)).toBeCloseTo(process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6, 0)
  expect(memoryMiBOf(process.pid)).toBeGreaterThan(10)
})

test('a process that does not exist has no figures', () => {
  expect([cpuSecondsOf(0), memoryMiBOf(0)]).toEqual([undefined, undefined])
})

test.runIf(process.platform === 'linux')(
  'processes of one name are counted together, and one that begins meanwhile from its beginning',
  () => {
    const before = cpuSecondsOf(process.pid) ?? 0
    let processes = [{ name: 'old', pid: process.ppid }]
    const meter = startUsageMeter(() => processes)
    processes = [...processes, { name: 'new', pid: process.pid }]
    const uses = meter.stop()
    expect(uses.map(({ name }) => name).sort()).toEqual(['new', 'old'])
    expect(uses.find(({ name }) => name === 'new')?.cpuSeconds).toBeGreaterThanOrEqual(Math.floor(before * 100) / 100)
  },
)
