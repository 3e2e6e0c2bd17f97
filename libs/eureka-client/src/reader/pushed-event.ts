import { type Applications, parseApplications } from '../registry/applications.ts'

/** What a server that pushes tells: the whole registry, or what changed since the event before. */
export interface PushedEvent {
  type: 'snapshot' | 'changes'
  applications: Applications
  /** To go on from here after a break. */
  id?: string
}

/** Reads a pushed event; undefined when it is of a type that is none of ours. Errors: a plain Error when it cannot be read. */
export function parsePushedEvent(type: string | null, id: string | null | undefined, data: string): PushedEvent | undefined {
  if (type !== 'snapshot' && type !== 'changes') return undefined
  let body: unknown
  try {
    body = JSON.parse(data)
  } catch {
    throw new Error(`the event is not JSON: ${data.slice(0, 200)}`)
  }
  return { type, applications: parseApplications(body), ...(id ? { id } : {}) }
}
