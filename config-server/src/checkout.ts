import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/** Where a folder's Git checkout stands. */
export interface Checkout {
  /** The commit's 40 hex digits. */
  commit: string
  /** Undefined when no branch is checked out. */
  branch?: string
}

/** The checkout that holds the folder; undefined when there is none, or no commit in it. Reads files, runs no program. */
export async function findCheckout(folder: string): Promise<Checkout | undefined> {
  for (let dir = folder; ; dir = dirname(dir)) {
    const gitDir = await findGitDir(join(dir, '.git'))
    if (gitDir) return readHead(gitDir)
    if (dir === dirname(dir)) return undefined
  }
}

async function findGitDir(path: string): Promise<string | undefined> {
  if (await readText(join(path, 'HEAD'))) return path
  // In a linked work tree .git is a file that names the folder.
  const target = (await readText(path))?.match(/^gitdir: (.+)$/m)?.[1]
  return target === undefined ? undefined : resolve(dirname(path), target)
}

async function readHead(gitDir: string): Promise<Checkout | undefined> {
  const head = (await readText(join(gitDir, 'HEAD')))?.trim()
  if (head && isCommit(head)) return { commit: head }
  const ref = head?.match(/^ref: (refs\/heads\/(.+))$/)
  const [, name, branch] = ref ?? []
  if (!name || !branch || name.includes('..')) return undefined
  const commonDir = resolve(gitDir, (await readText(join(gitDir, 'commondir')))?.trim() ?? '.')
  const loose = (await readText(join(commonDir, name)))?.trim()
  const commit = loose ?? packedCommit((await readText(join(commonDir, 'packed-refs'))) ?? '', name)
  return commit && isCommit(commit) ? { commit, branch } : undefined
}

function packedCommit(packedRefs: string, name: string): string | undefined {
  return packedRefs
    .split('\n')
    .find((line) => line.endsWith(` ${name}`))
    ?.slice(0, 40)
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text)
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return undefined
  }
}
