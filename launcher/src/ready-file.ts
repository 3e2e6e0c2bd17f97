import { renameSync, writeFileSync } from 'node:fs'
import { AppError, messageOf } from '@order-flow/service-kit'

/** Tells others that everything is ready and where it is, as JSON; whoever reads it never sees half of it. */
export function writeReadyFile(path: string, content: object): void {
  try {
    writeFileSync(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`)
    renameSync(`${path}.new`, path)
  } catch (error) {
    throw new AppError('unavailable', `The ready file ${path} cannot be written (${messageOf(error)}). Choose another with --ready-file F.`)
  }
}
