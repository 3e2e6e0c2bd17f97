import { AppError } from '@order-flow/service-kit'
import type { Scope } from '../registry/scope.ts'

/**
 * What can be allowed: to read lists and instances; to register, renew and deregister; to override status and metadata; to
 * pass changes on as a peer; to use the dashboard's actions.
 */
export const ACTIONS = ['read', 'register', 'override', 'replicate', 'operate'] as const
export type Action = (typeof ACTIONS)[number]

/** One action on some applications: their names in any case, or how they begin, followed by `*`. */
export interface Permission {
  action: Action
  applications: readonly string[]
}

/** What somebody may do. */
export interface Rights {
  /** `app` in any case. */
  may(action: Action, app: string): boolean
  /** Whether there is an application on which the action is allowed. */
  maySomewhere(action: Action): boolean
  /** What may be read; undefined: everything. */
  readonly readable: Scope | undefined
}

/** Compiles permissions; none means no rights. Errors: `invalid` for a pattern with `*` elsewhere than at its end. */
export function rightsOf(permissions: readonly Permission[]): Rights {
  const matchers = new Map<Action, Matcher>()
  for (const action of ACTIONS) {
    const patterns = permissions.filter((permission) => permission.action === action).flatMap(({ applications }) => applications)
    if (patterns.length > 0) matchers.set(action, matcherOf(patterns))
  }
  const readable = matchers.get('read') ?? NOTHING
  return {
    may: (action, app) => matchers.get(action)?.includes(app.toUpperCase()) ?? false,
    maySomewhere: (action) => matchers.has(action),
    readable: readable.isEverything ? undefined : readable,
  }
}

/** Rights to do everything. */
export const ALL_PERMISSIONS: readonly Permission[] = ACTIONS.map((action) => ({ action, applications: ['*'] }))
export const ALL_RIGHTS: Rights = rightsOf(ALL_PERMISSIONS)

interface Matcher extends Scope {
  isEverything: boolean
}

const NOTHING: Matcher = { key: '', isEverything: false, includes: () => false }

function matcherOf(patterns: readonly string[]): Matcher {
  const upper = [...new Set(patterns.map((pattern) => pattern.toUpperCase()))].sort()
  const wrong = upper.find((pattern) => pattern === '' || pattern.slice(0, -1).includes('*'))
  if (wrong !== undefined) {
    throw new AppError('invalid', `"${wrong}" names no applications: write a name, the beginning of names and *, or * for all.`)
  }
  const names = new Set(upper.filter((pattern) => !pattern.endsWith('*')))
  const beginnings = upper.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1))
  return {
    // No name holds a line break, so that no two sets have the same key.
    key: upper.join('\n'),
    isEverything: beginnings.includes(''),
    includes: (app) => names.has(app) || beginnings.some((beginning) => app.startsWith(beginning)),
  }
}
