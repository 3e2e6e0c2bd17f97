import { execFile } from 'node:child_process'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { promisify } from 'node:util'

/** What the figures were measured on. */
export interface Machine {
  cores: number
  processor: string
  memoryGiB: number
  system: string
  node: string
  /** Of this checkout; null outside of one. `+` at its end: with changes. */
  commit: string | null
}

const ROOT = new URL('../../', import.meta.url)

export async function machineFacts(): Promise<Machine> {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    system: `${process.platform} ${release()}`,
    node: process.version,
    commit: await commitOf(ROOT),
  }
}

async function commitOf(folder: URL): Promise<string | null> {
  const git = async (...args: string[]) => (await promisify(execFile)('git', args, { cwd: folder })).stdout.trim()
  try {
    const [commit, changes] = [await git('rev-parse', '--short', 'HEAD'), await git('status', '--porcelain', '--untracked-files=no')]
    return changes === '' ? commit : `${commit}+`
  } catch {
    return null
  }
}
