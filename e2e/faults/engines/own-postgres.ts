import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, type OwnProcess, startProcess, waitUntil } from './own-process.ts'

/** A PostgreSQL server that only the suite uses, so that it may be killed. Everything is written to disk as in earnest. */
export interface OwnPostgres {
  port: number
  /** Of the superuser; no password. */
  url: string
  /**
   * `fast`: as an administrator restarts it, connections are ended. `immediate`: without a last word, as after a crash.
   * `kill`: kill -9.
   */
  stop(how: 'fast' | 'immediate' | 'kill'): Promise<void>
  /** Starts it again on the same port and data, and waits until it answers. */
  start(): Promise<void>
  close(): Promise<void>
}

const VERSIONS_FOLDER = '/usr/lib/postgresql'
const STOP_SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const
const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 20_000

/** Makes a new server in `folder`, which the user `postgres` must be able to reach, and starts it. */
export async function startOwnPostgres(folder: string): Promise<OwnPostgres> {
  const bin = findPrograms()
  const user = unprivilegedUser()
  const dataDir = join(folder, 'postgres')
  const port = await freePort()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  mkdirSync(dataDir, { mode: 0o700 })
  if (user) execFileSync('chown', [`${user.uid}:${user.gid}`, dataDir])
  execFileSync(join(bin, 'initdb'), ['-D', dataDir, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'], {
    stdio: 'pipe',
    cwd: dataDir,
    ...user,
  })
  let server: OwnProcess | undefined

  async function start(): Promise<void> {
    await waitUntil(() => launch(), START_TIMEOUT_MS, `PostgreSQL does not start:\n${server?.output()}`)
  }

  /** After kill -9 the old backends may hold the data for a moment; then it ends at once and is started again. */
  function launch(): boolean {
    if (!server?.isRunning())
      server = startProcess(join(bin, 'postgres'), argumentsOf(dataDir, port), { cwd: dataDir, ...(user && { user }) })
    return isReady(bin, port)
  }

  await start()
  return {
    port,
    url,
    start,
    async stop(how) {
      if (how === 'kill') server?.kill()
      else server?.signal(STOP_SIGNALS[how])
      await server?.ended(STOP_TIMEOUT_MS)
    },
    async close() {
      server?.kill()
      await server?.ended(STOP_TIMEOUT_MS)
    },
  }
}

function argumentsOf(dataDir: string, port: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port,
    max_connections: 200,
    shared_buffers: '64MB',
    log_min_messages: 'warning',
    // What the suite is about: a commit is on the disk before it is answered.
    fsync: 'on',
    synchronous_commit: 'on',
  }
  return ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

function isReady(bin: string, port: number): boolean {
  return spawnSync(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]).status === 0
}

function findPrograms(): string {
  const versions = existsSync(VERSIONS_FOLDER) ? readdirSync(VERSIONS_FOLDER).sort((a, b) => Number(b) - Number(a)) : []
  const folder = versions.map((version) => join(VERSIONS_FOLDER, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')))
  if (folder === undefined)
    throw new Error('PostgreSQL is not installed: the fault suite needs its server programs (Debian: apt-get install postgresql).')
  return folder
}

/** PostgreSQL does not run as root: then it runs as the user whom Debian's package makes. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}
