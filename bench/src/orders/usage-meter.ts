import { cpuSecondsOf, memoryMiBOf, type SystemProcess } from '../process-usage.ts'

/** What the processes of one name used over some time. */
export interface ProcessUse {
  name: string
  /** How many there were at the end. */
  processes: number
  cpuSeconds: number
  /** 1: one core busy all the time. */
  cores: number
  /** At the end, all of them together; null where the system does not tell. */
  memoryMiB: number | null
}

const SAMPLE_MS = 500

/**
 * Starts to measure; `stop` answers what was used since, the most first. Looks twice a second, so that of a process
 * that ends meanwhile at most half a second is missed. Empty where the system has no /proc.
 */
export function startUsageMeter(processes: () => readonly SystemProcess[]) {
  const startedAtMs = performance.now()
  const first = new Map<number, number>()
  const last = new Map<number, { name: string; cpuSeconds: number }>()

  function sample(isStart: boolean): void {
    for (const { name, pid } of processes()) {
      const cpuSeconds = cpuSecondsOf(pid)
      if (cpuSeconds === undefined) continue
      if (!first.has(pid)) first.set(pid, isStart ? cpuSeconds : 0)
      last.set(pid, { name, cpuSeconds })
    }
  }

  sample(true)
  const sampling = setInterval(() => sample(false), SAMPLE_MS).unref()

  return {
    stop(): ProcessUse[] {
      clearInterval(sampling)
      sample(false)
      const seconds = (performance.now() - startedAtMs) / 1000
      const uses = new Map<string, ProcessUse>()
      for (const [pid, { name, cpuSeconds }] of last) {
        const use = uses.get(name) ?? { name, processes: 0, cpuSeconds: 0, cores: 0, memoryMiB: null }
        const memoryMiB = memoryMiBOf(pid)
        if (memoryMiB !== undefined) Object.assign(use, { processes: use.processes + 1, memoryMiB: (use.memoryMiB ?? 0) + memoryMiB })
        use.cpuSeconds += cpuSeconds - (first.get(pid) ?? 0)
        uses.set(name, use)
      }
      return Array.from(uses.values(), (use) => rounded(use, seconds)).sort((a, b) => b.cpuSeconds - a.cpuSeconds)
    },
  }
}

function rounded(use: ProcessUse, seconds: number): ProcessUse {
  const { cpuSeconds, memoryMiB } = use
  const round = (value: number, factor: number) => Math.round(value * factor) / factor
  return {
    ...use,
    cpuSeconds: round(cpuSeconds, 100),
    cores: round(cpuSeconds / seconds, 1000),
    memoryMiB: memoryMiB === null ? null : Math.round(memoryMiB),
  }
}
