import { readFileSync } from 'node:fs'

/** One process of the system that is measured. Several may share a name: instances, or connections of one database role. */
export interface SystemProcess {
  name: string
  pid: number
}

// What Linux counts CPU time in, on every platform that Node runs on.
const TICKS_PER_SECOND = 100

/** CPU time that a process has used, in seconds, from /proc; undefined where the system does not tell or it has ended. */
export function cpuSecondsOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`)
  // The name in parentheses may hold anything; user and system time are the 12th and 13th field after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system] = [Number(fields[11]), Number(fields[12])]
  return fields.length > 13 ? (user + system) / TICKS_PER_SECOND : undefined
}

/**
 * Memory of a process in MiB: what it shares with others counted in parts where the system tells that, else all that is
 * resident; undefined where nothing is told.
 */
export function memoryMiBOf(pid: number): number | undefined {
  return mebibytes(read(`/proc/${pid}/smaps_rollup`), 'Pss') ?? mebibytes(read(`/proc/${pid}/status`), 'VmRSS')
}

/** All memory of a process that is resident, in MiB; undefined where the system does not tell. */
export function residentMiBOf(pid: number): number | undefined {
  return mebibytes(read(`/proc/${pid}/status`), 'VmRSS')
}

/** The most memory of a process that was ever resident, in MiB; undefined where the system does not tell. */
export function mostMemoryMiBOf(pid: number): number | undefined {
  return mebibytes(read(`/proc/${pid}/status`), 'VmHWM')
}

function mebibytes(text: string, name: string): number | undefined {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024
}

/** Read at once: a process that is looked at a moment later is another one. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
