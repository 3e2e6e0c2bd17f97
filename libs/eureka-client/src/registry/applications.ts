import { type Instance, isObject, parseInstance, textOf } from './instance.ts'

export type Action = 'ADDED' | 'MODIFIED' | 'DELETED'

/** What a registry answers to a question for many instances. */
export interface Applications {
  entries: Entry[]
  /** Counts by status of the whole registry (`DOWN_1_UP_3_`), whatever part the answer is; undefined when not told. */
  hash?: string
  /** -1 or undefined: the registry cannot say, so changes must not be trusted. */
  version?: number
}

export interface Entry {
  instance: Instance
  /** Undefined when the registry does not say; of changes, such an entry is to be ignored. */
  action?: Action
}

/**
 * Reads `{"applications": ...}`. Takes a single object where a list is usual, as old servers send it; what is not an
 * instance is left out. Errors: a plain Error when it is no registry's answer at all.
 */
export function parseApplications(body: unknown): Applications {
  if (!isObject(body) || !isObject(body.applications)) throw new Error('the answer is not a list of applications')
  const { applications } = body
  const hash = applications.apps__hashcode
  const version = Number(applications.versions__delta ?? Number.NaN)
  return {
    entries: listOf(applications.application).flatMap(parseEntries),
    ...(typeof hash === 'string' ? { hash } : {}),
    ...(Number.isNaN(version) ? {} : { version }),
  }
}

/** Reads `{"application": ...}`. Errors: as `parseApplications`. */
export function parseApplication(body: unknown): Instance[] {
  if (!isObject(body) || !isObject(body.application)) throw new Error('the answer is not an application')
  return parseEntries(body.application).map(({ instance }) => instance)
}

/** Reads `{"instance": ...}`. Errors: as `parseApplications`. */
export function parseSingleInstance(body: unknown): Instance {
  const instance = isObject(body) ? parseInstance(body.instance) : undefined
  if (!instance) throw new Error('the answer is not an instance')
  return instance
}

function parseEntries(application: unknown): Entry[] {
  if (!isObject(application)) return []
  const name = textOf(application.name)
  return listOf(application.instance).flatMap((value) => {
    const instance = parseInstance(value, name)
    if (!instance) return []
    const action = isObject(value) ? actionOf(value.actionType) : undefined
    return action === undefined ? { instance } : { instance, action }
  })
}

function actionOf(value: unknown): Action | undefined {
  return value === 'ADDED' || value === 'MODIFIED' || value === 'DELETED' ? value : undefined
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : isObject(value) ? [value] : []
}
