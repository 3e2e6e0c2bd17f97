import { DatabaseError } from 'pg'
import { AppError, messageOf } from './errors.ts'
import type { PostgresPlace } from './postgres-address.ts'

/** SQLSTATE of PostgreSQL's own answer; undefined when it did not come from the server. */
export function sqlStateOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (at instanceof DatabaseError) return at.code
  }
  return undefined
}

/** Whether the same work may succeed when it is run again at once: serialization failure, deadlock, outdated plan. */
export function mayBeRunAgain(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state === '40001' || state === '40P01' || isOutdatedPlan(error)
}

/** A prepared statement of this connection that no longer fits the tables: another instance has migrated them. */
function isOutdatedPlan(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state === '26000' || (state === '0A000' && messageOf(error).includes('cached plan'))
}

/** A server that only follows another: an address may lead to a new one after a failover. */
function isStandby(error: unknown): boolean {
  return sqlStateOf(error) === '0A000' && messageOf(error).includes('recovery')
}

/** Whether the connection is of no more use, although it answers. */
export function spoilsConnection(error: unknown): boolean {
  return !(error instanceof DatabaseError) || isOutdatedPlan(error) || isStandby(error)
}

const UNAVAILABLE = /^(08|53|57|58)|^(25P03|40001|40P01|55P03)$/
const TLS_CODES = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/

/**
 * One sentence for a person, without the password. `unavailable`: the same may work later. `conflict` with the problem
 * `constraint`: a rule of the schema. `internal` with how to mend it: the address, the role or its privileges.
 */
export function translatePostgresError(error: unknown, place: PostgresPlace): unknown {
  if (error instanceof AppError) return error
  if (!(error instanceof DatabaseError)) return translateConnectionError(error, place)
  const state = error.code ?? ''
  const message = error.message.replace(/\.$/, '')
  const because = { cause: error }
  const mending = mendingOf(state, message, place)
  if (mending !== undefined) return new AppError('internal', mending, because)
  if (state.startsWith('23')) return new AppError('conflict', `The database refuses it: ${message}.`, { ...because, problem: 'constraint' })
  if (UNAVAILABLE.test(state) || isOutdatedPlan(error) || isStandby(error)) {
    return new AppError('unavailable', `The ${nameOf(place)} cannot be used now: ${message}.`, because)
  }
  if (state === '22021' || state === '22P05') return new AppError('invalid', 'Text must not contain the character U+0000.', because)
  return error
}

function mendingOf(state: string, message: string, place: PostgresPlace): string | undefined {
  const { host, port, database, role } = place
  switch (state) {
    case '28P01':
      return `PostgreSQL on ${host}:${port} refuses the password of the role "${role}": correct database.url.`
    case '28000':
      return `PostgreSQL on ${host}:${port} does not let the role "${role}" in (${message}): correct database.url or the server's pg_hba.conf.`
    case '3D000':
      return `PostgreSQL on ${host}:${port} has no database "${database}": create it or correct database.url.`
    case '42501':
      return `The role "${role}" may not do that in the ${nameOf(place)} (${message}): grant it the privilege.`
    default:
      return undefined
  }
}

function translateConnectionError(error: unknown, place: PostgresPlace): AppError {
  const message = messageOf(error instanceof AggregateError ? error.errors[0] : error)
  const because = { cause: error }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (message.startsWith('SASL') && message.includes('password')) {
    const { host, port, role } = place
    return new AppError(
      'internal',
      `PostgreSQL on ${host}:${port} wants a password for the role "${role}": add it to database.url.`,
      because,
    )
  }
  if (TLS_CODES.test(code) || message.includes('does not support SSL')) {
    return new AppError('internal', `No TLS connection to the ${nameOf(place)}: ${message}; correct sslmode in database.url.`, because)
  }
  return new AppError('unavailable', `The ${nameOf(place)} does not answer: ${message}.`, because)
}

/** As people read it in sentences. */
export function nameOf({ host, port, database }: PostgresPlace): string {
  return `database "${database}" on ${host}:${port}`
}
