import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Environment, isEnvironment } from './environment.ts'

/** The last configuration that passed its check, as it came from the server. */
export interface LastGoodCopy {
  /** When it came, ISO 8601. */
  savedAt: string
  environment: Environment
}

/** Reads the copy; undefined when there is none that can be used. */
export async function readLastGoodCopy(file: string): Promise<LastGoodCopy | undefined> {
  try {
    const copy: unknown = JSON.parse(await readFile(file, 'utf8'))
    return isLastGoodCopy(copy) ? copy : undefined
  } catch {
    // Missing, or damaged by something outside: either way there is no copy, and the caller waits for the server.
    return undefined
  }
}

/** Writes the copy, readable only by its owner, whole or not at all. Makes the folder. */
export async function writeLastGoodCopy(file: string, copy: LastGoodCopy): Promise<void> {
  const temporaryFile = `${file}.${process.pid}.tmp`
  await mkdir(dirname(file), { recursive: true })
  await writeFile(temporaryFile, JSON.stringify(copy, null, 2), { mode: 0o600, flush: true })
  await rename(temporaryFile, file)
}

function isLastGoodCopy(value: unknown): value is LastGoodCopy {
  if (typeof value !== 'object' || value === null || !('savedAt' in value) || !('environment' in value)) return false
  return typeof value.savedAt === 'string' && isEnvironment(value.environment)
}
