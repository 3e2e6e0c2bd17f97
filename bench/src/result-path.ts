import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkWritable } from './arguments.ts'

const FOLDER = fileURLToPath(new URL('../results/', import.meta.url))

/** Where results go: as asked for, else a file of their own named `name` and the time. Errors: a Failure when it cannot be written. */
export async function resultPath(jsonFile: string | undefined, name: string, now: Date): Promise<string> {
  const time = now.toISOString().replace(/[-:]/g, '').slice(0, 15)
  const path = jsonFile ?? join(FOLDER, `${name}-${time}.json`)
  if (jsonFile === undefined) await mkdir(dirname(path), { recursive: true })
  await checkWritable(path)
  return path
}
