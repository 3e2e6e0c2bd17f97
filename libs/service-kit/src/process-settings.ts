import { readFileSync } from 'node:fs'
import { mergeTrees } from './config.ts'
import { AppError, messageOf } from './errors.ts'

/** Environment variables and the configuration key that each sets. They win over what the config server says. */
export const SETTINGS = {
  SERVER_PORT: 'server.port',
  SERVER_ADDRESS: 'server.address',
  MANAGEMENT_SERVER_PORT: 'management.server.port',
  EUREKA_URL: 'eureka.client.serviceUrl.defaultZone',
  EUREKA_INSTANCE_HOSTNAME: 'eureka.instance.hostname',
  DATABASE_URL: 'database.url',
  DATABASE_SCHEMA: 'database.schema',
  BROKER: 'messaging.broker',
  BROKER_URL: 'messaging.url',
  AUDIT_DATABASE_URL: 'invariants.databaseUrl',
} as const

/** Any keys at once, as a JSON object; weaker than the variables of SETTINGS. Spring's own name. */
const ANY_SETTINGS = 'SPRING_APPLICATION_JSON'

/**
 * The part of the configuration that the environment sets. For every variable `X` there is `X_FILE`, which names a file
 * with the value: so secrets need not stand in the environment. Errors: `invalid`.
 */
export function settingsOf(env: NodeJS.ProcessEnv): Record<string, unknown> {
  let settings = parseTree(readVariable(env, ANY_SETTINGS) ?? '{}')
  for (const [variable, key] of Object.entries(SETTINGS)) {
    const value = readVariable(env, variable)
    if (value !== undefined) settings = mergeTrees(settings, nest(key.split('.'), value))
  }
  return settings
}

/** The value of a variable, or what the file holds that `<variable>_FILE` names. Errors: `invalid`. */
export function readVariable(env: NodeJS.ProcessEnv, variable: string): string | undefined {
  const file = env[`${variable}_FILE`]
  if (file === undefined) return env[variable]
  if (env[variable] !== undefined) throw new AppError('invalid', `Set ${variable} or ${variable}_FILE, not both.`)
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new AppError('invalid', `${variable}_FILE names ${file}, which cannot be read (${messageOf(error)}).`, { cause: error })
  }
}

function parseTree(json: string): Record<string, unknown> {
  try {
    const tree: unknown = JSON.parse(json)
    if (typeof tree === 'object' && tree !== null && !Array.isArray(tree)) return { ...tree }
  } catch {
    // Told below, without the text: it may hold a secret.
  }
  throw new AppError('invalid', `${ANY_SETTINGS} must be a JSON object, such as {"server":{"port":8081}}.`)
}

function nest([key, ...deeper]: string[], value: unknown): Record<string, unknown> {
  if (key === undefined) return {}
  return { [key]: deeper.length === 0 ? value : nest(deeper, value) }
}
