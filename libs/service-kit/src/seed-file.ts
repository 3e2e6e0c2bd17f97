import { readFileSync } from 'node:fs'
import type { Static, TSchema } from 'typebox'
import { AppError, messageOf } from './errors.ts'
import { createParser } from './validation.ts'

/**
 * What a service is to find in its database, from the JSON file that the environment variable names; undefined when it
 * names none. Errors: `invalid`, without the content: it may hold passwords.
 */
export function readSeedFile<S extends TSchema>(schema: S, variable: string, env: NodeJS.ProcessEnv = process.env): Static<S> | undefined {
  const file = env[variable]
  if (file === undefined) return undefined
  return createParser(schema, `The file ${file} (${variable})`)(parseJson(file, variable))
}

function parseJson(file: string, variable: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error)
    throw new AppError('invalid', `${variable} names ${file}, which cannot be used: ${reason}.`)
  }
}
