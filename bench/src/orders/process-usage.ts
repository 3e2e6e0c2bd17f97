import { readFile } from 'node:fs/promises'

/** Memory of a process in MiB: now, and the most it ever had; null where the system does not tell. */
export interface MemoryUse {
  rssMiB: number | null
  peakRssMiB: number | null
}

// What Linux counts CPU time in, on every platform that Node runs on.
const TICKS_PER_SECOND = 100

/** Memory of another process, from /proc. */
export async function memoryOf(pid: number | undefined): Promise<MemoryUse> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const mebibytes = (name: string) => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]
    return kibibytes === undefined ? null : Math.round(Number(kibibytes) / 1024)
  }
  return { rssMiB: mebibytes('VmRSS'), peakRssMiB: mebibytes('VmHWM') }
}

/** CPU time that another process has used, in seconds, from /proc; undefined where the system does not tell. */
export async function cpuSecondsOf(pid: number | undefined): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name in parentheses may hold anything; user and system time are the 12th and 13th field after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system] = [Number(fields[11]), Number(fields[12])]
  return fields.length > 13 ? (user + system) / TICKS_PER_SECOND : undefined
}
