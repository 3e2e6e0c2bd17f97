import { constants } from 'node:fs'
import { type FileHandle, open, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { AppError, messageOf } from '@order-flow/service-kit'
import { type ConfigDocument, ConfigFileError } from './document.ts'
import type { ConfigFile } from './environment.ts'
import { parsePropertiesDocuments } from './properties-documents.ts'
import { parseYamlDocuments } from './yaml-documents.ts'

/** The files of the configuration folder, read-only. */
export interface Folder {
  /** Absolute path, links resolved. */
  path: string
  /** The documents of a file, undefined when there is no such file. Errors: ConfigFileError. */
  read(fileName: string): Promise<ConfigFile | undefined>
  /** Errors: `unavailable` when the folder cannot be read any more. */
  check(): Promise<void>
}

const MAX_FILE_BYTES = 1_048_576

interface CachedFile {
  version: string
  documents: ConfigDocument[]
}

/** Opens the folder. Errors: `unavailable` with the way out. */
export async function openFolder(repoDir: string): Promise<Folder> {
  const path = await resolveFolder(repoDir)
  // Holds only files that exist, so the folder itself bounds it.
  const cache = new Map<string, CachedFile>()

  async function read(fileName: string): Promise<ConfigFile | undefined> {
    const handle = await openInside(path, fileName)
    if (!handle) {
      cache.delete(fileName)
      return undefined
    }
    try {
      return { fileName, documents: await readDocuments(handle, fileName) }
    } finally {
      await handle.close()
    }
  }

  async function readDocuments(handle: FileHandle, fileName: string): Promise<ConfigDocument[]> {
    const stats = await handle.stat({ bigint: true })
    if (!stats.isFile()) throw new ConfigFileError(fileName, undefined, 'is not a file')
    if (stats.size > MAX_FILE_BYTES) throw new ConfigFileError(fileName, undefined, `is larger than ${MAX_FILE_BYTES} bytes`)
    const version = `${stats.ino}/${stats.size}/${stats.mtimeNs}`
    const cached = cache.get(fileName)
    if (cached?.version === version) return cached.documents
    const documents = parse(fileName, await handle.readFile())
    cache.set(fileName, { version, documents })
    return documents
  }

  return { path, read, check: async () => void (await resolveFolder(path)) }
}

function parse(fileName: string, content: Buffer): ConfigDocument[] {
  if (fileName.endsWith('.properties')) return parsePropertiesDocuments(fileName, content.toString('latin1'))
  return parseYamlDocuments(fileName, content.toString('utf8').replace(/^\uFEFF/, ''))
}

/** Opens a file for reading; undefined when there is none. A link out of the folder is refused, not followed. */
async function openInside(folder: string, fileName: string): Promise<FileHandle | undefined> {
  try {
    const real = await realpath(join(folder, fileName))
    if (!real.startsWith(`${folder}${sep}`))
      throw new ConfigFileError(fileName, undefined, 'is a link that leaves the configuration folder')
    // NOFOLLOW: should a link take the file's place after the check, it is not followed. NONBLOCK: nor is a pipe waited for.
    return await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (error instanceof ConfigFileError) throw error
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined
    throw new ConfigFileError(fileName, undefined, `cannot be read (${String(code ?? messageOf(error))})`)
  }
}

async function resolveFolder(repoDir: string): Promise<string> {
  try {
    const path = await realpath(repoDir)
    if (!(await stat(path)).isDirectory()) throw new Error('it is not a folder')
    await open(path, constants.O_RDONLY | constants.O_DIRECTORY).then((handle) => handle.close())
    return path
  } catch (error) {
    throw new AppError(
      'unavailable',
      `The configuration folder ${repoDir} cannot be read (${messageOf(error)}). Make it readable, or name another folder.`,
      { cause: error, problem: 'config-folder-unreadable' },
    )
  }
}
