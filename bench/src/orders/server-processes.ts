import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import type { SystemProcess } from '../process-usage.ts'
import type { Mode } from './options.ts'

/**
 * The database's and the message queue's processes, where they are on this machine: looked for once by the ports that the
 * addresses name. Answers them as of now; empty in the embedded way, which has none.
 */
export function findServerProcesses(mode: Mode, databaseUrl: string, brokerUrl: string): () => SystemProcess[] {
  if (mode === 'embedded') return () => []
  const database = new URL(databaseUrl)
  const postmaster = isHere(database.hostname) ? listenerOf(Number(database.port || 5432)) : undefined
  const broker = brokerPlace(mode, brokerUrl)
  const brokerPid = isHere(broker.hostname) ? listenerOf(broker.port) : undefined
  return () => [
    ...(postmaster === undefined ? [] : postgresProcesses(postmaster, decodeURIComponent(database.pathname.slice(1)))),
    ...(brokerPid === undefined ? [] : processTree(mode, brokerPid)),
  ]
}

/** Where the message queue is; of several servers the first. */
export function brokerPlace(mode: Mode, brokerUrl: string): { hostname: string; port: number } {
  const { hostname, port } = new URL(brokerUrl.includes('://') ? brokerUrl : `kafka://${brokerUrl.split(',')[0]}`)
  return { hostname, port: Number(port || (mode === 'kafka' ? 9092 : 5672)) }
}

/** The launcher and the service processes that it keeps running, by the name of the service. */
export function serviceProcesses(launcher: number): SystemProcess[] {
  const services = childrenOf(launcher).flatMap((pid) => {
    // `node .../start-service.ts order-service`
    const [, , name] = read(`/proc/${pid}/cmdline`).split('\0')
    return name ? [{ name, pid }] : []
  })
  return [{ name: 'launcher', pid: launcher }, ...services]
}

/** The process that started another. */
export function parentOf(pid: number): number | undefined {
  const parent = /^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1]
  return parent === undefined ? undefined : Number(parent)
}

function isHere(hostname: string): boolean {
  return /^(127\.|localhost$|\[::1\]$)/.test(hostname)
}

/**
 * The process that listens on a TCP port of this machine; undefined when none does, it is not ours to look into, or
 * the system has no /proc.
 */
export function listenerOf(port: number): number | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => listeningInodes(read(path), port)))
  if (inodes.size === 0) return undefined
  return pidsOf('/proc').find((pid) => entries(`/proc/${pid}/fd`).some((fd) => inodes.has(link(`/proc/${pid}/fd/${fd}`))))
}

/**
 * PostgreSQL's processes: connections by role (`postgresql: orders`), those of other databases together, and the
 * server's own (checkpointer, log writer ...).
 */
export function postgresProcesses(postmaster: number, database: string): SystemProcess[] {
  return childrenOf(postmaster).map((pid) => {
    // `postgres: 15/main: role database 127.0.0.1(1234) idle`, the cluster's name only where it has one.
    const title = read(`/proc/${pid}/cmdline`).split('\0')[0] ?? ''
    const [, role, of] = /^postgres: (?:\S+: )?(\S+) (\S+) \S+\(\d+\)/.exec(title) ?? []
    if (of === undefined) return { name: 'postgresql: server', pid }
    // The launcher puts the database's name before that of the service: two runs are to be compared.
    return { name: of === database ? `postgresql: ${role?.replace(`${database}_`, '')}` : 'postgresql: other databases', pid }
  })
}

/** A server of one process and what it has started. */
export function processTree(name: string, root: number): SystemProcess[] {
  return [{ name, pid: root }, ...childrenOf(root).flatMap((pid) => processTree(name, pid))]
}

function childrenOf(pid: number): number[] {
  return pidsOf(`/proc/${pid}/task`).flatMap((task) => read(`/proc/${pid}/task/${task}/children`).split(' ').map(Number).filter(Boolean))
}

/** `/proc/net/tcp`: local address and port in hexadecimal digits, state (0A: listening), ..., inode. */
function listeningInodes(table: string, port: number): string[] {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/)
    return fields[1]?.endsWith(ending) && fields[3] === '0A' ? [`socket:[${fields[9]}]`] : []
  })
}

function pidsOf(folder: string): number[] {
  return entries(folder).map(Number).filter(Boolean)
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function link(path: string): string {
  try {
    return basename(readlinkSync(path))
  } catch {
    return ''
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
